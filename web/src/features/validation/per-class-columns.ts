/** What the table of classes shows: its columns follow from what its rows hold. */
import type { Num, PerClassRow } from "../../api/types";
import { toNumber } from "../../lib/format";

const COUNTS = ["truths", "predictions", "tp", "fp", "fn"] as const;
/** At the thresholds. */
const RATES = ["precision", "recall", "f1"] as const;
/** Of the epoch's evaluation: over all scores, or at its own. */
const AP = ["ap50", "ap75", "ap50_95"] as const;
const OF_EPOCH = ["best_f1", "best_score", ...AP, "iou", "dice"] as const;

export type CountColumn = (typeof COUNTS)[number];
export type ShareColumn = (typeof RATES)[number] | (typeof OF_EPOCH)[number];
export type Column = CountColumn | ShareColumn | "class";

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
export function classTable(rows: readonly PerClassRow[], ofEpoch: readonly PerClassRow[] | null): ClassTable {
  const epoch = new Map((ofEpoch ?? []).map((row) => [row.class_id, row]));
  const full = rows.map((row): ClassRow => {
    const own = epoch.get(row.class_id);
    const shares: ClassRow["shares"] = {};
    for (const name of RATES) shares[name] = row[name];
    for (const name of OF_EPOCH) shares[name] = own?.[name] ?? row[name];
    const { class_id, class_name, truths, predictions, tp, fp, fn } = row;
    return { class_id, class_name, truths, predictions, tp, fp, fn, shares };
  });
  const held = (name: ShareColumn) => full.some((row) => (row.shares[name] ?? null) !== null);
  const shares = [...RATES, ...OF_EPOCH.filter(held)];
  return { rows: full, counts: COUNTS, shares, hasAp: AP.some(held) };
}

/** Stable; what has no value stands last in both directions. */
export function sortRows(rows: readonly ClassRow[], by: Column, down: boolean): ClassRow[] {
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
