/** The curves of several classes as columns to draw, and the point of each at a score. */
import type { Curves, Num, PerClassRow } from "../../api/types";
import type { Cell } from "../../lib/chart-data";
import { toNumber } from "../../lib/format";

/** One class's curves, or those of all together (`classId` null), with how it is drawn. */
export interface Line {
  classId: number | null;
  name: string;
  /** A CSS custom property. */
  color: string;
  dashed: boolean;
  curves: Curves;
}

export type Quantity = "f1" | "precision" | "recall";

const COLORS = 6;

/** The bold line of all classes has the colour of the text; from the seventh class on lines are dashed. */
export const styleOf = (place: number): { color: string; dashed: boolean } =>
  place === 0
    ? { color: "--text", dashed: false }
    : { color: `--series-${((place - 1) % COLORS) + 1}`, dashed: place > COLORS };

export function finite(values: readonly (Num | null)[]): Cell[] {
  return values.map((value) => {
    const number = toNumber(value);
    return number !== null && Number.isFinite(number) ? number : null;
  });
}

export interface Point {
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

/** Where a line is at a score: exactly there, as scores of the slider are steps of the curves. */
export function pointAt({ scores, precision, recall, f1 }: Curves, score: number): Point {
  const at = Math.round(score * (scores.length - 1));
  const value = (column: readonly (Num | null)[]) => finite([column[at] ?? null])[0] ?? null;
  return { precision: value(precision), recall: value(recall), f1: value(f1) };
}

/** The score at which some line is nearest to a precision and a recall; null where no line has a point. */
export function nearestScore(lines: readonly Line[], recall: number, precision: number): number | null {
  let nearest: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const { curves } of lines) {
    curves.scores.forEach((score, at) => {
      const x = toNumber(curves.recall[at]);
      const y = toNumber(curves.precision[at]);
      if (x === null || y === null) return;
      const distance = Math.hypot(x - recall, y - precision);
      if (distance < least) {
        least = distance;
        nearest = score;
      }
    });
  }
  return nearest;
}

/** The classes with the lowest or highest AP, or F1 where there is no AP; those without either are left out. */
export function extremes(
  rows: readonly PerClassRow[],
  most: number,
  end: "worst" | "best",
): { ids: number[]; byAp: boolean } {
  const byAp = rows.some((row) => (row.ap50_95 ?? null) !== null);
  const amountOf = (row: PerClassRow) => toNumber((byAp ? row.ap50_95 : (row.best_f1 ?? row.f1)) ?? null);
  const known = rows.flatMap((row) => {
    const value = amountOf(row);
    return value === null || Number.isNaN(value) ? [] : [{ id: row.class_id, value }];
  });
  known.sort((a, b) => (end === "worst" ? a.value - b.value : b.value - a.value) || a.id - b.id);
  return { ids: known.slice(0, most).map((one) => one.id), byAp };
}
