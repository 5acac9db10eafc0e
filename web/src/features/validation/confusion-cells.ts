/** Arithmetic on a confusion matrix, apart from how it is drawn. */
import type { KeyboardEvent } from "react";
import type { ConfusionMatrix } from "../../api/types";
import { t } from "../../lib/i18n-validation";

export type Cell = [trueIndex: number, predIndex: number];

export interface Cells {
  size: number;
  /** Index of the background, or -1 for a matrix without one. */
  background: number;
  countOf: (trueIndex: number, predIndex: number) => number;
  rowTotal: (trueIndex: number) => number;
  largest: number;
}

export function cellsOf(matrix: DrawnMatrix): Cells {
  const size = matrix.labels.length;
  const counts = new Map<number, number>();
  const totals = new Array<number>(size).fill(0);
  let largest = 0;
  for (const [row, column, count] of matrix.cells) {
    counts.set(row * size + column, count);
    totals[row] = (totals[row] ?? 0) + count;
    largest = Math.max(largest, count);
  }
  return {
    size,
    background: backgroundOf(matrix),
    countOf: (row, column) => counts.get(row * size + column) ?? 0,
    rowTotal: (row) => totals[row] ?? 0,
    largest,
  };
}

/** A matrix as it is drawn; `background` is the index of what isn't there, or -1, where the label doesn't say it. */
export type DrawnMatrix = ConfusionMatrix & { background?: number };

export function backgroundOf({ labels, background }: DrawnMatrix): number {
  if (background !== undefined) return background;
  return labels[labels.length - 1] === "background" ? labels.length - 1 : -1;
}

/** A picture that is classified as a whole has no background, but it may be that no score was high enough. */
export function matrixOfLabels(matrix: ConfusionMatrix): DrawnMatrix {
  const background = backgroundOf(matrix);
  if (background < 0) return matrix;
  const labels = matrix.labels.slice(0, background);
  const isUsed = matrix.cells.some(([row, column]) => row === background || column === background);
  return isUsed
    ? { ...matrix, labels: [...labels, t("confusion.unanswered")], background }
    : { ...matrix, labels, background: -1 };
}

/** How deep a cell's colour is, 0 to 1. Counts by their square root, or one large class would hide all others. */
export function depthOf(cells: Cells, row: number, column: number, byRow: boolean): number {
  const count = cells.countOf(row, column);
  if (count === 0) return 0;
  return byRow ? count / cells.rowTotal(row) : Math.sqrt(count / cells.largest);
}

/** The words for a cell, for a screen reader and a tooltip. */
export function describeCell(matrix: ConfusionMatrix, cells: Cells, row: number, column: number): string {
  const count = cells.countOf(row, column);
  const truth = matrix.labels[row] ?? "";
  const pred = matrix.labels[column] ?? "";
  return t("confusion.cell", { true: truth, pred, count });
}

/** The largest cells off the diagonal, largest first. */
export function topMistakes(
  matrix: ConfusionMatrix,
  most: number,
): [row: number, column: number, count: number][] {
  return matrix.cells
    .filter(([row, column]) => row !== column)
    .sort((a, b) => b[2] - a[2])
    .slice(0, most);
}

/** What a key does in a matrix, whichever way it is drawn: Enter and Space choose, Escape lets go, arrows move. */
export function handleCellKey(
  event: KeyboardEvent,
  active: Cell,
  size: number,
  onSelect: ((cell: Cell | null) => void) | null,
  onMove: (next: Cell) => void,
): void {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    onSelect?.(active);
  } else if (event.key === "Escape") {
    onSelect?.(null);
  } else {
    const next = moveCell(active, event.key, size);
    if (!next) return;
    event.preventDefault();
    onMove(next);
  }
}

/** Where an arrow key leads from a cell; null for other keys. */
export function moveCell([row, column]: Cell, key: string, size: number): Cell | null {
  const clamp = (at: number) => Math.min(size - 1, Math.max(0, at));
  if (key === "ArrowUp") return [clamp(row - 1), column];
  if (key === "ArrowDown") return [clamp(row + 1), column];
  if (key === "ArrowLeft") return [row, clamp(column - 1)];
  if (key === "ArrowRight") return [row, clamp(column + 1)];
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, size - 1];
  return null;
}
