import { expect, it } from "vitest";
import { cardAfter, cardPlace, gridLayout, visibleRange } from "./grid-layout";

const of = (count: number, room = 430) => gridLayout({ count, room, least: 100, caption: 20, gap: 10 });

it("fills the room with as many columns as there is place for", () => {
  expect(of(10)).toEqual({ columns: 4, width: 100, height: 120, gap: 10, rows: 3, total: 380 });
  expect(of(10, 99).columns).toBe(1);
  expect(of(0).total).toBe(0);
});

it("knows which cards are near the screen, wherever it is", () => {
  const layout = of(100_000);
  expect(visibleRange(layout, 100_000, 0, 250, 1)).toEqual([0, 12]);
  expect(visibleRange(layout, 100_000, 130 * 500, 260, 2)).toEqual([498 * 4, 504 * 4]);
  expect(visibleRange(layout, 100_000, layout.total - 260, 260, 5)).toEqual([24_992 * 4, 100_000]);
  expect(visibleRange(of(3), 3, 5000, 260, 1)).toEqual([3, 3]);
});

it("places cards row by row", () => {
  expect(cardPlace(of(10), 0)).toEqual({ left: 0, top: 0 });
  expect(cardPlace(of(10), 6)).toEqual({ left: 220, top: 130 });
});

it("leads by keys to every card, and not beyond the ends", () => {
  const after = (key: string, index: number) => cardAfter(key, index, 10, 4, 2);
  expect(after("ArrowRight", 3)).toBe(4);
  expect(after("ArrowRight", 9)).toBe(9);
  expect(after("ArrowDown", 5)).toBe(9);
  expect(after("ArrowDown", 7)).toBe(7);
  expect(after("ArrowUp", 2)).toBe(2);
  expect(after("PageDown", 1)).toBe(9);
  expect(after("Home", 7)).toBe(0);
  expect(after("End", 0)).toBe(9);
  expect(after("x", 0)).toBeNull();
});
