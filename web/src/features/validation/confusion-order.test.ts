import { expect, it } from "vitest";
import { cellsOf, type DrawnMatrix } from "./confusion-cells";
import { arranged, arrangementOf, mistakesOf, placeOf, sideBySide, sourceOf } from "./confusion-order";

/** b and d are taken for one another, a and c sometimes; e is always right; 5 is the background. */
const matrix: DrawnMatrix = {
  labels: ["Zebra", "apple 10", "cat", "apple 9", "dog", "background"],
  cells: [
    [0, 0, 5],
    [1, 3, 9],
    [3, 1, 4],
    [0, 2, 2],
    [2, 2, 7],
    [4, 4, 8],
    [5, 2, 3],
    [3, 5, 1],
  ],
  truncated: false,
};
const total = (m: DrawnMatrix) => m.cells.reduce((sum, [, , count]) => sum + count, 0);

it("counts the mistakes that a class has part in", () => {
  expect([...mistakesOf(matrix)]).toEqual([2, 13, 5, 14, 0, 4]);
});

it("orders by name as people do, by confusion, or side by side, the background always last", () => {
  const source = (order: Parameters<typeof arrangementOf>[1]) =>
    arrangementOf(matrix, order, undefined).source;
  expect(source(undefined)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(source("name")).toEqual([3, 1, 2, 4, 0, 5]);
  expect(source("confused")).toEqual([3, 1, 2, 0, 4, 5]);
  expect(source("near")).toEqual([1, 3, 0, 2, 4, 5]);
});

it("joins chains at their ends, the strongest links first", () => {
  const chain: DrawnMatrix = {
    labels: ["a", "b", "c", "d", "e"],
    cells: [
      [0, 3, 9],
      [1, 2, 8],
      [3, 1, 7],
      [0, 1, 6],
      [2, 4, 1],
    ],
    truncated: false,
    background: -1,
  };
  expect(sideBySide(chain, [0, 1, 2, 3, 4])).toEqual([0, 3, 1, 2, 4]);
});

it("folds all but the worst into one, whose cells add up, and no total changes", () => {
  const arrangement = arrangementOf(matrix, undefined, 2);
  expect(arrangement.source).toEqual([1, 3, null, 5]);
  const folded = arranged(matrix, arrangement, "3 others");
  expect(folded.labels).toEqual(["apple 10", "apple 9", "3 others", "background"]);
  expect(folded.others).toBe(2);
  expect(folded.folded).toEqual({ classes: 3, right: 20 });
  expect(total(folded)).toBe(total(matrix));
  const cells = cellsOf(folded);
  expect(cells.countOf(2, 2)).toBe(22);
  expect(cells.countOf(3, 2)).toBe(3);
  expect(cells.background).toBe(3);
});

it("leads from a shown cell to the cell of the matrix and back, from folded ones nowhere", () => {
  const arrangement = arrangementOf(matrix, "confused", 2);
  expect(arrangement.source).toEqual([3, 1, null, 5]);
  expect(sourceOf(arrangement, [0, 1])).toEqual([3, 1]);
  expect(sourceOf(arrangement, [0, 3])).toEqual([3, 5]);
  expect(sourceOf(arrangement, [0, 2])).toBeNull();
  expect(placeOf(arrangement, [3, 1])).toEqual([0, 1]);
  expect(placeOf(arrangement, [0, 1])).toEqual([2, 1]);
  expect(placeOf(arrangement, [99, 1])).toBeNull();
});

it("folds nothing where there are no more classes than asked for", () => {
  expect(arrangementOf(matrix, undefined, 5).source).toEqual([0, 1, 2, 3, 4, 5]);
});
