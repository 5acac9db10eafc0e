/** From metric points to the columns that uPlot draws. */
import type { MetricPoint, MetricSeries } from "../api/types";
import type { ChartLine } from "./chart-groups";
import type { XAxis } from "./chart-runs";
import { epochScale } from "./epoch-scale";
import { toNumber } from "./format";
import { timesOf } from "./run-times";

/** A number, a gap (null: NaN or infinite) or nothing at this x (undefined: the line goes on). */
export type Cell = number | null | undefined;

/** What an x means: seconds since 1970, or since its run began, where it is time. */
export type Ruler = "step" | "epoch" | "time" | "elapsed";

export interface ChartColumns {
  x: number[];
  /** One a line. */
  ys: Cell[][];
}

type Line = Pick<ChartLine, "run" | "series">;

/**
 * The axis of a chart where `wanted` was chosen: the system's figures know time alone, and a key without epochs
 * stands by step.
 */
export function axisOf(lines: readonly Line[], wanted: XAxis): XAxis {
  if (lines.some(({ series }) => series.key.startsWith("system/"))) return "time";
  if (wanted === "epoch" && lines.some(({ series }) => epochScale(series) === null)) return "step";
  return wanted;
}

/** Where a line's points stand; `scale` is the series by which its steps lie among epochs. */
export function placing({ run, series }: Line, ruler: Ruler): (point: MetricPoint) => number {
  switch (ruler) {
    case "step":
      return (point) => point[0];
    case "time":
      return (point) => point[2] / 1000;
    case "elapsed": {
      const { start } = timesOf(run);
      return (point) => (point[2] - start) / 1000;
    }
    case "epoch": {
      const scale = epochScale(series);
      return (point) => scale?.toEpoch(point[0]) ?? point[0];
    }
  }
}

export function columnsOf(lines: readonly Line[], ruler: Ruler): ChartColumns {
  const placed = lines.map((line) => {
    const xOf = placing(line, ruler);
    const xs = line.series.points.map(xOf);
    const ys: Cell[] = line.series.points.map(finite);
    return inOrder(xs) ? { xs, ys } : sorted(xs, ys);
  });
  const [only] = placed;
  if (only && placed.length === 1) return { x: only.xs, ys: [only.ys] };
  const x = [...new Set(placed.flatMap(({ xs }) => xs))].sort((a, b) => a - b);
  const place = new Map(x.map((value, at) => [value, at]));
  const ys = placed.map((line) => {
    const column = new Array<Cell>(x.length).fill(undefined);
    line.xs.forEach((value, at) => {
      column[place.get(value) ?? 0] = line.ys[at];
    });
    return column;
  });
  return { x, ys };
}

const inOrder = (xs: readonly number[]): boolean =>
  xs.every((value, at) => at === 0 || value >= (xs[at - 1] ?? value));

/** Later steps may have earlier times, where clocks differ or an epoch was sent again. */
function sorted(xs: readonly number[], ys: readonly Cell[]): { xs: number[]; ys: Cell[] } {
  const order = xs.map((_, at) => at).sort((a, b) => (xs[a] ?? 0) - (xs[b] ?? 0));
  return { xs: order.map((at) => xs[at] ?? 0), ys: order.map((at) => ys[at]) };
}

function finite(point: MetricPoint): number | null {
  const value = toNumber(point[3]);
  return value !== null && Number.isFinite(value) ? value : null;
}

/** How many values of a series are NaN or infinite. */
export const gapsOf = ({ points }: MetricSeries): number =>
  points.reduce((sum, point) => (finite(point) === null ? sum + 1 : sum), 0);

/** Exponential smoothing without the bias of its start, as TensorBoard does it; gaps stay gaps. */
export function smooth(column: readonly Cell[], weight: number): Cell[] {
  let sum = 0;
  let norm = 0;
  return column.map((value) => {
    if (value === null || value === undefined) return value;
    sum = weight * sum + (1 - weight) * value;
    norm = weight * norm + (1 - weight);
    return sum / norm;
  });
}

/** On a log scale what isn't positive can't be drawn. */
export const positiveOnly = (column: readonly Cell[]): Cell[] =>
  column.map((value) => (typeof value === "number" && value <= 0 ? null : value));

/** A line's value at the cursor: where it has no point there, that of its nearest one. */
export function valueAt({ x }: ChartColumns, column: readonly Cell[], cursor: number): Cell {
  if (column[cursor] !== undefined) return column[cursor];
  let left = cursor;
  let right = cursor;
  while (left >= 0 && column[left] === undefined) left -= 1;
  while (right < column.length && column[right] === undefined) right += 1;
  const at = x[cursor] ?? 0;
  const nearer = at - (x[left] ?? Number.NEGATIVE_INFINITY) <= (x[right] ?? Number.POSITIVE_INFINITY) - at;
  return column[nearer ? left : right];
}

/** The last finite value of a series, what its legend shows at rest. */
export function lastValue(column: readonly Cell[]): number | null {
  for (let at = column.length - 1; at >= 0; at--) {
    const value = column[at];
    if (typeof value === "number") return value;
  }
  return null;
}
