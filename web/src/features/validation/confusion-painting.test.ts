import { expect, it } from "vitest";
import type { DrawnMatrix } from "./confusion-cells";
import { changesOf, differenceOf, nextRanked, paintingOf } from "./confusion-painting";

const matrix = (cells: [number, number, number][]): DrawnMatrix => ({
  labels: ["cat", "dog", "background"],
  cells,
  truncated: false,
});
const now = matrix([
  [0, 0, 9],
  [0, 1, 3],
  [1, 1, 4],
]);
const before = matrix([
  [0, 0, 5],
  [0, 1, 7],
  [1, 1, 4],
  [2, 1, 1],
]);

it("paints right and wrong, and ranks the mistakes", () => {
  const painting = paintingOf(now, "counts");
  expect(painting.painted.map((one) => one.kind)).toEqual(["right", "wrong", "right"]);
  expect(painting.ranked).toEqual([[0, 1]]);
  expect(painting.textOf(0, 1)).toBe("3");
  expect(paintingOf(now, "rows").textOf(0, 1)).toBe(".25");
  expect(paintingOf(now, "columns").textOf(1, 1)).toBe(".57");
});

it("lists what is counted differently, the most changed first", () => {
  expect(changesOf(now, before)).toEqual([
    { row: 0, column: 0, now: 9, before: 5 },
    { row: 0, column: 1, now: 3, before: 7 },
    { row: 2, column: 1, now: 0, before: 1 },
  ]);
});

it("says against another epoch what is better and what is worse, with signs", () => {
  const painting = differenceOf(now, before, "counts");
  expect(painting.isDifference).toBe(true);
  expect(painting.painted.every((one) => one.kind === "right")).toBe(true);
  expect(painting.painted).toHaveLength(3);
  expect([painting.textOf(0, 0), painting.textOf(0, 1), painting.textOf(1, 1)]).toEqual(["+4", "−4", "0"]);
  expect(painting.wordsOf(0, 1)).toBe(
    "true cat, predicted dog: 7 → 3 (−4); of its row 58% → 25%, of its column 58% → 43%",
  );
  expect(painting.most).toBe("4");
  const back = differenceOf(before, now, "rows");
  expect(back.painted.every((one) => one.kind === "wrong")).toBe(true);
  expect(back.textOf(0, 0)).toBe("−.33");
});

it("goes round the ranked cells, from anywhere else to the largest", () => {
  const painting = differenceOf(now, before, "counts");
  expect(nextRanked(painting, [2, 2], 1)).toEqual([0, 0]);
  expect(nextRanked(painting, [0, 0], 1)).toEqual([0, 1]);
  expect(nextRanked(painting, [0, 0], -1)).toEqual([2, 1]);
  expect(nextRanked(paintingOf(matrix([]), "counts"), [0, 0], 1)).toBeNull();
});
