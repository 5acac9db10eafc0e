import { expect, it } from "vitest";
import { bound, cellAt, closeTo, MOST_UNIT, panBy, range, seen, whole, zoomAt } from "./matrix-view";

const plot = { side: 500, size: 1000 };

it("begins with all of it, and never leaves its edges", () => {
  expect(whole(plot)).toEqual({ unit: 0.5, row: 0, column: 0 });
  expect(panBy(whole(plot), 40, -40, plot)).toEqual(whole(plot));
  expect(bound({ unit: 10, row: -3, column: 2000 }, plot)).toEqual({ unit: 10, row: 0, column: 950 });
  expect(bound({ unit: 999, row: 0, column: 0 }, plot).unit).toBe(MOST_UNIT);
});

it("keeps what is under the pointer where it is", () => {
  const view = zoomAt(whole(plot), 8, 250, 100, plot);
  expect(view.unit).toBe(4);
  expect(cellAt(view, 250, 100, plot)).toEqual([200, 500]);
  expect(zoomAt(view, 1 / 8, 250, 100, plot)).toEqual(whole(plot));
});

it("moves only as far as a cell needs to be seen", () => {
  const view = { unit: 10, row: 100, column: 100 };
  expect(seen(view, [120, 140], plot)).toEqual(view);
  expect(seen(view, [150, 99], plot)).toEqual({ unit: 10, row: 101, column: 99 });
});

it("brings a cell to the middle, at the edge as far as that goes", () => {
  const view = closeTo([500, 0], plot);
  expect(cellAt(view, 250, 250, plot)?.[0]).toBe(500);
  expect(view.column).toBe(0);
});

it("knows which rows are seen", () => {
  expect(range(0, 0.5, plot)).toEqual([0, 999]);
  expect(range(10.5, 10, plot)).toEqual([10, 60]);
  expect(cellAt(whole(plot), -1, 5, plot)).toBeNull();
});
