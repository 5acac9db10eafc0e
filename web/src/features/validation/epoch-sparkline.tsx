import type { ResultRow } from "../../api/types";
import { toNumber } from "../../lib/format";
import classes from "./epoch-picker.module.css";

interface Props {
  items: readonly ResultRow[];
  best: number | null;
  index: number;
}

/** The primary metric over the scrubber, so that one sees where one is. */
export function EpochSparkline({ items, best, index }: Props) {
  const values = items.map((row) => toNumber(row.primary_metric_value));
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const xOf = (at: number) => (100 * at) / (items.length - 1);
  const yOf = (value: number) => 92 - (84 * (value - low)) / span;
  const points = values
    .map((value, at) => (value !== null && Number.isFinite(value) ? `${xOf(at)},${yOf(value)}` : null))
    .filter((point) => point !== null);
  const bestAt = items.findIndex((row) => row.epoch === best);
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points[points.length - 1]?.split(",")[0] ?? "0";
  return (
    <div className={classes.spark} aria-hidden="true">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <polygon className={classes.area} points={`${first},100 ${points.join(" ")} ${last},100`} />
        <polyline className={classes.line} points={points.join(" ")} />
        {index >= 0 ? (
          <line className={classes.here} x1={xOf(index)} x2={xOf(index)} y1="0" y2="100" />
        ) : null}
      </svg>
      {bestAt >= 0 ? (
        <span className={classes.bestMark} style={{ left: `${xOf(bestAt)}%` }}>
          ★
        </span>
      ) : null}
    </div>
  );
}
