import { useElementSize } from "@mantine/hooks";
import type { Sweep, Trial } from "../../api/types";
import { t } from "../../lib/i18n-sweeps";
import { type Axis, cellOf, METRIC, metricOf } from "../../lib/sweep-axes";
import classes from "./parallel.module.css";
import { ParallelAxis } from "./parallel-axis";
import type { Brushes } from "./parallel-card";
import { rampColor } from "./ramp";

const HEIGHT = 340;
const TOP = 34;
const BOTTOM = 14;
const LEFT = 64;
const RIGHT = 56;
/** Narrower than that, the plot scrolls. */
const LEAST_GAP = 104;

interface Props {
  sweep: Sweep;
  axes: readonly Axis[];
  shown: readonly Trial[];
  lit: number | null;
  onLight: (number: number | null) => void;
  brushes: Brushes;
  onBrush: (key: string, brush: readonly [number, number] | null) => void;
}

/** A line a trial, from axis to axis. */
export function ParallelPlot({ sweep, axes, shown, lit, onLight, brushes, onBrush }: Props) {
  const { ref, width: room } = useElementSize();
  const width = Math.max(room, LEFT + RIGHT + LEAST_GAP * (axes.length - 1));
  const x = (at: number) =>
    axes.length === 1 ? width / 2 : LEFT + (at * (width - LEFT - RIGHT)) / (axes.length - 1);
  const y = (place: number) => TOP + (1 - place) * (HEIGHT - TOP - BOTTOM);
  const chosen = new Set(shown.map((trial) => trial.number));
  const shareOf = shares(sweep);
  const lineOf = (trial: Trial) =>
    axes
      .map((axis, at) => ({ at, place: axis.place(cellOf(trial, axis)) }))
      .filter((one): one is { at: number; place: number } => one.place !== null)
      .map(({ at, place }, n) => `${n === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(place).toFixed(1)}`)
      .join("");
  // The best are drawn last, and the one that is looked at after them.
  const order = [...sweep.items].sort(
    (one, other) =>
      Number(one.number === lit) - Number(other.number === lit) ||
      Number(chosen.has(one.number)) - Number(chosen.has(other.number)) ||
      (shareOf(one) ?? -1) - (shareOf(other) ?? -1),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys
    <section className={classes.scroll} ref={ref} tabIndex={0} aria-label={t("sweep.parallelTitle")}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={t("sweep.parallelLabel")}
        className={classes.plot}
        data-testid="parallel"
        onPointerLeave={() => onLight(null)}
      >
        {order.map((trial) => {
          const path = lineOf(trial);
          const share = shareOf(trial);
          return (
            <g key={trial.number}>
              <path
                d={path}
                className={classes.line}
                data-lit={trial.number === lit || undefined}
                data-faded={(lit !== null && trial.number !== lit) || undefined}
                data-without={share === null || undefined}
                data-out={!chosen.has(trial.number) || undefined}
                data-trial={trial.number}
                style={share !== null && chosen.has(trial.number) ? { stroke: rampColor(share) } : undefined}
              />
              {chosen.has(trial.number) ? (
                <path d={path} className={classes.hit} onPointerEnter={() => onLight(trial.number)} />
              ) : null}
            </g>
          );
        })}
        {axes.map((axis, at) => (
          <ParallelAxis
            key={axis.key}
            axis={axis}
            x={x(at)}
            top={TOP}
            bottom={HEIGHT - BOTTOM}
            side={axis.key === METRIC && axes.length > 1 ? "right" : "left"}
            brush={brushes[axis.key]}
            onBrush={(brush) => onBrush(axis.key, brush)}
          />
        ))}
      </svg>
    </section>
  );
}

/** How good a trial is among all: 1 for the best. */
function shares(sweep: Sweep): (trial: Trial) => number | null {
  const values = sweep.items.map(metricOf).filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (trial) => {
    const value = metricOf(trial);
    if (value === null) return null;
    const share = high > low ? (value - low) / (high - low) : 1;
    return sweep.primary_metric.direction === "max" ? share : 1 - share;
  };
}
