import { memo } from "react";
import type { ResultRow } from "../../api/types";
import { toNumber } from "../../lib/format";
import classes from "./epoch-picker.module.css";
import { NOTED, stateOf } from "./epoch-rows";

interface Props {
  items: readonly ResultRow[];
  best: number | null;
  index: number;
  /** How many epochs after them have predictions on their way. */
  coming: number;
}

/** The primary metric over the scrubber, a tick for each epoch, and signs where something is missing. */
export function EpochTrack({ items, best, index, coming }: Props) {
  const at = (100 * Math.max(0, index)) / Math.max(1, items.length - 1);
  return (
    <div className={classes.track} aria-hidden="true">
      <Curve items={items} best={best} />
      {index >= 0 ? <span className={classes.here} style={{ left: `${at}%` }} /> : null}
      {coming > 0 ? (
        <span className={classes.coming} data-testid="coming-epochs">
          {SIGNS.waiting}
          {coming > 1 ? coming : null}
        </span>
      ) : null}
    </div>
  );
}

/** Drawn once for the epochs that there are, however fast the thumb moves. */
const Curve = memo(function Curve({ items, best }: Pick<Props, "items" | "best">) {
  const values = items.map((row) => toNumber(row.primary_metric_value));
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const xOf = (at: number) => (100 * at) / Math.max(1, items.length - 1);
  const yOf = (value: number) => 90 - (82 * (value - low)) / span;
  const points = values
    .map((value, at) => (value !== null && Number.isFinite(value) ? `${xOf(at)},${yOf(value)}` : null))
    .filter((point) => point !== null);
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points[points.length - 1]?.split(",")[0] ?? "0";
  const bestAt = items.findIndex((row) => row.epoch === best);
  const states = items.map(stateOf);
  const ticks = states.map((_, at) => `M${xOf(at)} 100V94`).join("");
  return (
    <>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <polygon className={classes.area} points={`${first},100 ${points.join(" ")} ${last},100`} />
        <polyline className={classes.line} points={points.join(" ")} />
        <path className={classes.ticks} d={ticks} />
      </svg>
      {bestAt >= 0 ? (
        <span className={classes.bestMark} style={{ left: `${xOf(bestAt)}%` }}>
          ★
        </span>
      ) : null}
      {states.map((state, at) =>
        state === "failed" || state === "waiting" ? (
          <span
            key={items[at]?.epoch}
            className={classes.sign}
            data-state={state}
            style={{ left: `${xOf(at)}%` }}
          >
            {SIGNS[state]}
          </span>
        ) : null,
      )}
      <svg className={classes.lacking} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        {NOTED.map((kind) =>
          kind === "removed" || kind === "reported" ? (
            <path
              key={kind}
              data-state={kind}
              d={states.map((state, at) => (state === kind ? `M${xOf(at)} 0V10` : "")).join("")}
            />
          ) : null,
        )}
      </svg>
    </>
  );
});

/** Told apart by their shapes; the legend below the slider says what they mean. */
export const SIGNS = { failed: "✕", waiting: "○", removed: "╌", reported: "·" } as const;
