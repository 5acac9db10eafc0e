/** The part of a run that is seen: what is asked for, and how it is put into what was there. */
import { MOST_AT_ONCE } from "../api/job-metrics";
import type { MetricPoint, MetricSeries } from "../api/types";
import { placing, type Ruler } from "./chart-data";
import type { ChartLine } from "./chart-groups";
import type { ChartRun, SeriesPart } from "./chart-runs";
import type { Range } from "./plot-gestures";
import { timesOf } from "./run-times";

export type PartRange = Pick<SeriesPart, "axis" | "from" | "to">;

const WHOLE: PartRange = { axis: "step", from: 0, to: Number.MAX_SAFE_INTEGER };

/** The range as its source knows it. Steps stand before the end of their epoch, so epochs are asked for whole. */
export function partOf(run: ChartRun, ruler: Ruler, range: Range): PartRange {
  if (!range) return WHOLE;
  const [from, to] = range;
  switch (ruler) {
    case "step":
      return { axis: "step", from, to };
    case "epoch":
      return { axis: "epoch", from: Math.ceil(from), to: Math.ceil(to) };
    case "time":
      return { axis: "time", from: from * 1000, to: to * 1000 };
    case "elapsed": {
      const { start } = timesOf(run);
      return { axis: "time", from: from * 1000 + start, to: to * 1000 + start };
    }
  }
}

/** Points were left out of what is here, or none have come yet. */
export const isThinned = ({ points, total }: MetricSeries): boolean =>
  points.length === 0 || total > points.length;

/** The finer points, and the others where there are no finer ones. */
export function withFiner(coarse: MetricSeries, finer: MetricSeries | undefined): MetricSeries {
  const [first] = finer?.points ?? [];
  const last = finer?.points[finer.points.length - 1];
  if (!finer || !first || !last) return coarse;
  const before = coarse.points.filter((point) => point[0] < first[0]);
  const after = coarse.points.filter((point) => point[0] > last[0]);
  return { ...coarse, points: [...before, ...finer.points, ...after] };
}

export const pointsIn = (points: readonly MetricPoint[], part: PartRange): MetricPoint[] =>
  points.filter((point) => {
    const at = part.axis === "step" ? point[0] : part.axis === "epoch" ? point[1] : point[2];
    return at !== null && at >= part.from && at <= part.to;
  });

/** Every point of a line in the range, however many. */
export async function allPoints(line: ChartLine, ruler: Ruler, range: Range): Promise<MetricPoint[]> {
  const { run, series } = line;
  const part = partOf(run, ruler, range);
  const points =
    run.finer && isThinned(series) ? await readAll(run.finer, series.key, part) : [...series.points];
  if (!range) return points;
  const xOf = placing({ run, series: { ...series, points } }, ruler);
  return points.filter((point) => xOf(point) >= range[0] && xOf(point) <= range[1]);
}

async function readAll(
  finer: NonNullable<ChartRun["finer"]>,
  key: string,
  part: PartRange,
): Promise<MetricPoint[]> {
  const [found] = await finer({ ...part, keys: [key], maxPoints: MOST_AT_ONCE });
  const points = pointsIn(found?.points ?? [], part);
  const total = found?.total ?? 0;
  if (points.length >= total) return points;
  // What was kept lies evenly among all, with both ends: cut there, and read each piece.
  const pieces = Math.ceil((2 * total) / MOST_AT_ONCE);
  const cuts = Array.from({ length: pieces + 1 }, (_, at) => {
    const index = Math.round((at * (points.length - 1)) / pieces);
    return points[index]?.[0] ?? 0;
  });
  const read: MetricPoint[] = [];
  for (const [at, from] of cuts.slice(0, -1).entries()) {
    const next = cuts[at + 1] ?? from;
    const to = at === pieces - 1 ? next : next - 1;
    if (to >= from) read.push(...(await readAll(finer, key, { axis: "step", from, to })));
  }
  return read;
}
