/** What the table of classes shows: its columns follow from what its rows hold. */

import type { ClassAtRow, Num, PerClassRow } from "../../api/types";
import { compareNames, toNumber } from "../../lib/format";

const COUNTS = ["truths", "predictions", "tp", "fp", "fn"] as const;
/** At the thresholds. */
const RATES = ["precision", "recall", "f1"] as const;
/** Of the epoch's evaluation: over all scores, or at its own. */
const AP = ["ap50", "ap75", "ap50_95"] as const;
const OF_EPOCH = ["best_f1", "best_score", ...AP, "iou", "dice"] as const;

export type CountColumn = (typeof COUNTS)[number];
export type ShareColumn = (typeof RATES)[number] | (typeof OF_EPOCH)[number];
/** "class" is the order in which classes came. */
export type Column = CountColumn | ShareColumn | "class" | "name";

export interface ClassRow extends Record<CountColumn, number> {
  class_id: number;
  class_name: string;
  shares: Partial<Record<ShareColumn, Num | null>>;
}

export interface ClassTable {
  rows: ClassRow[];
  counts: readonly CountColumn[];
  shares: ShareColumn[];
  hasAp: boolean;
}

/** Counts and rates of `rows`, at the thresholds; what doesn't follow them from the epoch's own rows. */
export function classTable(rows: readonly ClassAtRow[], ofEpoch: readonly PerClassRow[] | null): ClassTable {
  const epoch = new Map((ofEpoch ?? []).map((row) => [row.class_id, row]));
  const full = rows.map((row): ClassRow => {
    const own = epoch.get(row.class_id);
    const shares: ClassRow["shares"] = {};
    for (const name of RATES) shares[name] = row[name] ?? null;
    for (const name of OF_EPOCH) shares[name] = own?.[name] ?? null;
    const { class_id, class_name, truths, predictions, tp, fp, fn } = row;
    return { class_id, class_name, truths, predictions, tp, fp, fn, shares };
  });
  const held = (name: ShareColumn) => full.some((row) => (row.shares[name] ?? null) !== null);
  const shares = [...RATES, ...OF_EPOCH.filter(held)];
  return { rows: full, counts: COUNTS, shares, hasAp: AP.some(held) };
}

const COLUMNS: readonly string[] = ["class", "name", ...COUNTS, ...RATES, ...OF_EPOCH];

/** The column and direction that the address asks for: `-f1` is F1, falling. */
export function readOrder(by: string | undefined): { by: Column; down: boolean } {
  const down = by?.startsWith("-") ?? false;
  const name = down ? by?.slice(1) : by;
  return name !== undefined && COLUMNS.includes(name)
    ? { by: name as Column, down }
    : { by: "class", down: false };
}

/** The rows with a text in their class's name. */
export function matching(rows: readonly ClassRow[], text: string): readonly ClassRow[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? rows : rows.filter((row) => row.class_name.toLowerCase().includes(wanted));
}

/** Stable; what has no value stands last in both directions. */
export function sortRows(rows: readonly ClassRow[], by: Column, down: boolean): ClassRow[] {
  if (by === "name") {
    const sign = down ? -1 : 1;
    return [...rows].sort((a, b) => sign * compareNames(a.class_name, b.class_name));
  }
  const valueIn = (row: ClassRow): number | null => {
    const value = by === "class" ? row.class_id : isCount(by) ? row[by] : toNumber(row.shares[by] ?? null);
    return value === null || Number.isNaN(value) ? null : value;
  };
  return [...rows].sort((a, b) => {
    const [x, y] = [valueIn(a), valueIn(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return down ? y - x : x - y;
  });
}

const isCount = (name: Column): name is CountColumn => (COUNTS as readonly string[]).includes(name);
