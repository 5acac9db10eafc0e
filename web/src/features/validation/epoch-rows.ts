/** What a row of the list of validations says of its epoch, and which epoch is best. */
import type { ResultList, ResultRow } from "../../api/types";
import { toNumber } from "../../lib/format";

export type RowState = "evaluated" | "waiting" | "failed" | "removed" | "reported";

/** What people must know of before they pick such an epoch. */
export const NOTED = ["failed", "waiting", "removed", "reported"] as const satisfies RowState[];

export function stateOf(row: ResultRow): RowState {
  if (row.evaluation_error !== null) return "failed";
  if (row.predictions.state === "removed") return "removed";
  if (!row.has_predictions) return "reported";
  return row.evaluated ? "evaluated" : "waiting";
}

export interface BestEpoch {
  epoch: number;
  value: number;
  /** Epochs with exactly the same value, all later. */
  ties: number[];
  /** The next best that isn't as good, and by how much. */
  next: { epoch: number; margin: number } | null;
}

export function bestOf({ items, best_epoch: best, primary_metric: primary }: ResultList): BestEpoch | null {
  const value = toNumber(items.find((row) => row.epoch === best)?.primary_metric_value);
  if (best === null || value === null) return null;
  const sign = primary.direction === "max" ? 1 : -1;
  const ties: number[] = [];
  let next: BestEpoch["next"] = null;
  for (const row of items) {
    const other = toNumber(row.primary_metric_value);
    if (row.epoch === best || other === null || !Number.isFinite(other)) continue;
    const margin = sign * (value - other);
    if (margin === 0) ties.push(row.epoch);
    else if (margin > 0 && (next === null || margin < next.margin)) next = { epoch: row.epoch, margin };
  }
  return { epoch: best, value, ties, next };
}
