/** Arithmetic on a confusion matrix, apart from how it is ordered and drawn. */
import type { KeyboardEvent } from "react";
import type { ConfusionMatrix } from "../../api/types";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";

export type Cell = [trueIndex: number, predIndex: number];
/** What a cell shows: its count, or its share of what is true or of what was predicted. */
export type Mode = "counts" | "rows" | "columns";

export interface Cells {
  size: number;
  /** Index of the background, or -1 for a matrix without one. */
  background: number;
  countOf: (trueIndex: number, predIndex: number) => number;
  rowTotal: (trueIndex: number) => number;
  columnTotal: (predIndex: number) => number;
  /** What the cell shows in a mode: a count, or a share from 0 to 1. */
  amountOf: (trueIndex: number, predIndex: number, mode: Mode) => number;
  largest: number;
}

/** A matrix as it is drawn; `background` is the index of what isn't there, or -1, where the label doesn't say it. */
export type DrawnMatrix = ConfusionMatrix & {
  background?: number;
  /** Whether that is an answer that is missing: a picture as a whole has no background. */
  unanswered?: boolean;
  /** Index of the one that stands for all classes that are not shown. */
  others?: number;
  /** How many classes it stands for, and how many of its pairs with itself are right. */
  folded?: { classes: number; right: number };
};

export function cellsOf(matrix: DrawnMatrix): Cells {
  const size = matrix.labels.length;
  const counts = new Map<number, number>();
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  let largest = 0;
  for (const [row, column, count] of matrix.cells) {
    counts.set(row * size + column, count);
    rows[row] = (rows[row] ?? 0) + count;
    columns[column] = (columns[column] ?? 0) + count;
    largest = Math.max(largest, count);
  }
  const countOf = (row: number, column: number) => counts.get(row * size + column) ?? 0;
  const amountOf = (row: number, column: number, mode: Mode) => {
    const count = countOf(row, column);
    if (mode === "counts" || count === 0) return count;
    return count / ((mode === "rows" ? rows[row] : columns[column]) || 1);
  };
  return {
    size,
    background: backgroundOf(matrix),
    countOf,
    rowTotal: (row) => rows[row] ?? 0,
    columnTotal: (column) => columns[column] ?? 0,
    amountOf,
    largest,
  };
}

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
    ? { ...matrix, labels: [...labels, t("confusion.unanswered")], background, unanswered: true }
    : { ...matrix, labels, background: -1 };
}

/** How deep a cell's colour is, 0 to 1. Counts by their square root, or one large class would hide all others. */
export function depthOf(cells: Cells, row: number, column: number, mode: Mode): number {
  const value = cells.amountOf(row, column, mode);
  return mode === "counts" ? Math.sqrt(value / Math.max(1, cells.largest)) : value;
}

/** The words for a cell, for a screen reader and a tooltip: what it counts, and its share of row and column. */
export function describeCell(matrix: DrawnMatrix, cells: Cells, row: number, column: number): string {
  const count = cells.countOf(row, column);
  const said = t("confusion.cell", {
    true: matrix.labels[row] ?? "",
    pred: matrix.labels[column] ?? "",
    count,
  });
  if (count === 0) return said;
  const shares = t("matrix.shares", {
    row: percent(count / cells.rowTotal(row)),
    column: percent(count / cells.columnTotal(column)),
  });
  return `${said}; ${shares}${aboutOthers(matrix, row, column)}`;
}

/** What stands behind a cell of the folded classes. */
export function aboutOthers({ others, folded }: DrawnMatrix, row: number, column: number): string {
  if (others === undefined || !folded || (row !== others && column !== others)) return "";
  const both = row === others && column === others;
  const text = both
    ? t("matrix.othersBoth", { right: formatCount(folded.right) })
    : t("matrix.othersOne", { count: folded.classes });
  return `; ${text}`;
}

export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}%`;
};

/** The largest cells off the diagonal, largest first; what is folded together isn't among them. */
export function topMistakes(
  matrix: DrawnMatrix,
  most: number,
): [row: number, column: number, count: number][] {
  return matrix.cells
    .filter(([row, column]) => row !== column && row !== matrix.others && column !== matrix.others)
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
  page = 10,
): void {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    onSelect?.(active);
  } else if (event.key === "Escape") {
    onSelect?.(null);
  } else if (!event.altKey && !event.metaKey) {
    const next = moveCell(active, event.key, size, { page, all: event.ctrlKey });
    if (!next) return;
    event.preventDefault();
    onMove(next);
  }
}

/** Where a key leads from a cell; null for other keys. With `all`, Home and End lead to the corners. */
export function moveCell(
  [row, column]: Cell,
  key: string,
  size: number,
  { page = 10, all = false }: { page?: number; all?: boolean } = {},
): Cell | null {
  const clamp = (at: number) => Math.min(size - 1, Math.max(0, at));
  if (key === "ArrowUp") return [clamp(row - 1), column];
  if (key === "ArrowDown") return [clamp(row + 1), column];
  if (key === "ArrowLeft") return [row, clamp(column - 1)];
  if (key === "ArrowRight") return [row, clamp(column + 1)];
  if (key === "PageUp") return [clamp(row - page), column];
  if (key === "PageDown") return [clamp(row + page), column];
  if (key === "Home") return all ? [0, 0] : [row, 0];
  if (key === "End") return all ? [size - 1, size - 1] : [row, size - 1];
  return null;
}
