import { expect, it } from "vitest";
import type { ConfusionMatrix } from "../../api/types";
import {
  backgroundOf,
  cellsOf,
  depthOf,
  describeCell,
  matrixOfLabels,
  moveCell,
  topMistakes,
} from "./confusion-cells";

const matrix: ConfusionMatrix = {
  labels: ["cat", "dog", "background"],
  cells: [
    [0, 0, 9],
    [0, 1, 3],
    [1, 1, 4],
    [2, 1, 5],
    [1, 2, 1],
  ],
  truncated: false,
};

it("counts every cell, those that were not sent as nought", () => {
  const cells = cellsOf(matrix);
  expect(cells.countOf(0, 1)).toBe(3);
  expect(cells.countOf(1, 0)).toBe(0);
  expect(cells.rowTotal(0)).toBe(12);
  expect(cells.background).toBe(2);
});

it("deepens a cell by its share of the row or the column, or by the root of its count", () => {
  const cells = cellsOf(matrix);
  expect(depthOf(cells, 0, 1, "rows")).toBe(0.25);
  expect(depthOf(cells, 0, 1, "columns")).toBe(0.25);
  expect(depthOf(cells, 0, 0, "columns")).toBe(1);
  expect(depthOf(cells, 1, 1, "counts")).toBeCloseTo(2 / 3);
  expect(depthOf(cells, 1, 0, "rows")).toBe(0);
});

it("says a cell in words", () => {
  expect(describeCell(matrix, cellsOf(matrix), 0, 1)).toBe(
    "true cat, predicted dog: 3 pairs; 25% of its row, 25% of its column",
  );
  expect(describeCell(matrix, cellsOf(matrix), 1, 0)).toBe("true dog, predicted cat: 0 pairs");
});

it("lists the most frequent mistakes, never what is right", () => {
  expect(topMistakes(matrix, 2)).toEqual([
    [2, 1, 5],
    [0, 1, 3],
  ]);
});

it("moves by arrow keys, pages and to the ends, and stops at the edges", () => {
  expect(moveCell([0, 0], "ArrowUp", 3)).toEqual([0, 0]);
  expect(moveCell([0, 0], "ArrowDown", 3)).toEqual([1, 0]);
  expect(moveCell([1, 1], "End", 3)).toEqual([1, 2]);
  expect(moveCell([1, 1], "End", 3, { all: true })).toEqual([2, 2]);
  expect(moveCell([5, 1], "PageDown", 40, { page: 20 })).toEqual([25, 1]);
  expect(moveCell([5, 1], "PageUp", 40)).toEqual([0, 1]);
  expect(moveCell([1, 1], "a", 3)).toBeNull();
});

it("has no background where pictures are classified, at most an answer that is missing", () => {
  const unsure = matrixOfLabels(matrix);
  expect(unsure.labels).toEqual(["cat", "dog", "no answer"]);
  expect(backgroundOf(unsure)).toBe(2);
  const sure = matrixOfLabels({ ...matrix, labels: ["background", "background"], cells: [[0, 0, 2]] });
  expect(sure.labels).toEqual(["background"]);
  expect(backgroundOf(sure)).toBe(-1);
});
