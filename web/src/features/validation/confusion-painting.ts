/** What stands in each cell of a matrix and how deep its colour is: of one epoch, or against another. */
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import {
  aboutOthers,
  type Cell,
  type Cells,
  cellsOf,
  type DrawnMatrix,
  depthOf,
  describeCell,
  type Mode,
  percent,
} from "./confusion-cells";

/** Right and wrong of one epoch; better and worse against another; mixed where folded classes stand together. */
export type Kind = "right" | "wrong" | "mixed";

export interface Painted {
  row: number;
  column: number;
  kind: Kind;
  /** 0 to 1. */
  depth: number;
}

export interface Painting {
  matrix: DrawnMatrix;
  cells: Cells;
  isDifference: boolean;
  /** The cells that have a colour; all others are empty. */
  painted: readonly Painted[];
  /** The deepest colour's number, in words. */
  most: string;
  textOf: (row: number, column: number) => string;
  wordsOf: (row: number, column: number) => string;
  /** Mistakes, or changes, the largest first. */
  ranked: readonly Cell[];
}

export function paintingOf(matrix: DrawnMatrix, mode: Mode): Painting {
  const cells = cellsOf(matrix);
  const painted = matrix.cells.map(([row, column]): Painted => {
    const kind = isMixed(matrix, row, column) ? "mixed" : row === column ? "right" : "wrong";
    return { row, column, kind, depth: depthOf(cells, row, column, mode) };
  });
  return {
    matrix,
    cells,
    isDifference: false,
    painted,
    most: mode === "counts" ? formatCount(cells.largest) : "100%",
    textOf: (row, column) => {
      const value = cells.amountOf(row, column, mode);
      return mode === "counts" || value === 0 ? formatCount(value) : shareText(value);
    },
    wordsOf: (row, column) => describeCell(matrix, cells, row, column),
    ranked: matrix.cells
      .filter(([row, column]) => row !== column)
      .sort((a, b) => b[2] - a[2])
      .map(([row, column]) => [row, column]),
  };
}

export interface Change {
  row: number;
  column: number;
  now: number;
  before: number;
}

/** What is counted now and what was before, of all cells in which that differs; the most changed first. */
export function changesOf(now: DrawnMatrix, before: DrawnMatrix): Change[] {
  const size = now.labels.length;
  const found = new Map<number, Change>();
  for (const [row, column, count] of now.cells) {
    found.set(row * size + column, { row, column, now: count, before: 0 });
  }
  for (const [row, column, count] of before.cells) {
    const known = found.get(row * size + column);
    if (known) known.before = count;
    else found.set(row * size + column, { row, column, now: 0, before: count });
  }
  return [...found.values()]
    .filter((one) => one.now !== one.before)
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before));
}

/** Against another epoch, whose matrix is arranged in the same way: what is better and what is worse. */
export function differenceOf(matrix: DrawnMatrix, before: DrawnMatrix, mode: Mode): Painting {
  const cells = cellsOf(matrix);
  const old = cellsOf(before);
  const change = (row: number, column: number) =>
    cells.amountOf(row, column, mode) - old.amountOf(row, column, mode);
  const places = new Map<number, Cell>();
  for (const [row, column] of [...matrix.cells, ...before.cells]) {
    places.set(row * cells.size + column, [row, column]);
  }
  const changed = [...places.values()].filter(([row, column]) => change(row, column) !== 0);
  const largest = changed.reduce((most, [row, column]) => Math.max(most, Math.abs(change(row, column))), 0);
  const painted = changed.map(([row, column]): Painted => {
    const by = change(row, column);
    const better = row === column ? by > 0 : by < 0;
    const part = Math.abs(by) / largest;
    return {
      row,
      column,
      kind: isMixed(matrix, row, column) ? "mixed" : better ? "right" : "wrong",
      depth: mode === "counts" ? Math.sqrt(part) : part,
    };
  });
  return {
    matrix,
    cells,
    isDifference: true,
    painted,
    most: mode === "counts" ? formatCount(largest) : percent(largest),
    textOf: (row, column) => {
      const by = change(row, column);
      if (by === 0) return "0";
      const size = Math.abs(by);
      return `${by > 0 ? "+" : "−"}${mode === "counts" ? formatCount(size) : shareText(size)}`;
    },
    wordsOf: (row, column) => changeInWords(matrix, cells, old, row, column),
    ranked: changed.sort((a, b) => Math.abs(change(...b)) - Math.abs(change(...a))),
  };
}

function changeInWords(matrix: DrawnMatrix, cells: Cells, old: Cells, row: number, column: number): string {
  const names = { true: matrix.labels[row] ?? "", pred: matrix.labels[column] ?? "" };
  const now = cells.countOf(row, column);
  const before = old.countOf(row, column);
  const share = (of: Cells, mode: Mode) => percent(of.amountOf(row, column, mode));
  const counts = t("matrix.changed", {
    ...names,
    before: formatCount(before),
    now: formatCount(now),
    by: signed(now - before),
  });
  if (now === 0 && before === 0) return counts;
  const shares = t("matrix.changedShares", {
    rowBefore: before === 0 ? "0%" : share(old, "rows"),
    row: now === 0 ? "0%" : share(cells, "rows"),
    columnBefore: before === 0 ? "0%" : share(old, "columns"),
    column: now === 0 ? "0%" : share(cells, "columns"),
  });
  return `${counts}; ${shares}${aboutOthers(matrix, row, column)}`;
}

export const signed = (by: number): string =>
  by === 0 ? "0" : `${by > 0 ? "+" : "−"}${formatCount(Math.abs(by))}`;

const isMixed = ({ others }: DrawnMatrix, row: number, column: number): boolean =>
  others !== undefined && row === others && column === others;

const shareText = (share: number): string => (share === 1 ? "1" : share.toFixed(2).replace(/^0/, ""));

/** The cell before or after this one in the order of size; from any other cell, the largest. */
export function nextRanked({ ranked }: Painting, [row, column]: Cell, step: 1 | -1): Cell | null {
  const at = ranked.findIndex((cell) => cell[0] === row && cell[1] === column);
  if (at < 0) return ranked[0] ?? null;
  return ranked[(at + step + ranked.length) % ranked.length] ?? null;
}
