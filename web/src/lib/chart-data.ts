/** From metric points to the columns that uPlot draws. */
import type { MetricPoint, MetricSeries } from "../api/types";
import { toNumber } from "./format";

export type XAxis = "epoch" | "step" | "time";

/** A number, a gap (null: NaN or infinite) or nothing at this x (undefined: the line goes on). */
export type Cell = number | null | undefined;

export interface ChartColumns {
  axis: XAxis;
  x: number[];
  ys: Cell[][];
}

/** One x axis for all series of a chart: epochs if every point is one epoch's, time for the system, else steps. */
export function axisOf(series: readonly MetricSeries[]): XAxis {
  if (series.some((one) => one.key.startsWith("system/"))) return "time";
  const perEpoch = series.every((one) =>
    one.points.every(([step, epoch]) => epoch !== null && epoch === step),
  );
  return perEpoch ? "epoch" : "step";
}

export function columnsOf(series: readonly MetricSeries[]): ChartColumns {
  const axis = axisOf(series);
  const xOf = (point: MetricPoint): number => (axis === "time" ? point[2] / 1000 : point[0]);
  const first = series[0];
  if (series.length === 1 && first) {
    return { axis, x: first.points.map(xOf), ys: [first.points.map(finite)] };
  }
  const x = [...new Set(series.flatMap((one) => one.points.map(xOf)))].sort((a, b) => a - b);
  const place = new Map(x.map((value, at) => [value, at]));
  const ys = series.map((one) => {
    const column = new Array<Cell>(x.length).fill(undefined);
    for (const point of one.points) column[place.get(xOf(point)) ?? 0] = finite(point);
    return column;
  });
  return { axis, x, ys };
}

function finite(point: MetricPoint): number | null {
  const value = toNumber(point[3]);
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Exponential smoothing without the bias of its start; gaps stay gaps. */
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

/** The last finite value of a series, what its legend shows at rest. */
export function lastValue(column: readonly Cell[]): number | null {
  for (let at = column.length - 1; at >= 0; at--) {
    const value = column[at];
    if (typeof value === "number") return value;
  }
  return null;
}
