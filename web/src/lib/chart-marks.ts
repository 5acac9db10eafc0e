/** Where an epoch stands on a chart, whatever its axis, and which epoch a place on it means. */
import type { MetricSeries } from "../api/types";
import type { Ruler } from "./chart-data";
import type { ChartLine } from "./chart-groups";
import type { ChartRun } from "./chart-runs";
import { epochScale, firstAtLeast } from "./epoch-scale";
import { epochOfTime, timeOfEpoch, timesOf } from "./run-times";

type Line = Pick<ChartLine, "run" | "series">;

/** The x of an epoch of the line's run; null where nothing tells. */
export function placeOfEpoch({ run, series }: Line, epoch: number, ruler: Ruler): number | null {
  if (ruler === "epoch") return epoch;
  const scale = ruler === "step" ? epochScale(series) : null;
  if (scale) return scale.toStep(epoch);
  const time = (ruler === "step" ? null : ownTime(series, epoch)) ?? timeOfEpoch(run, epoch);
  if (time === null) return null;
  if (ruler === "time") return time / 1000;
  if (ruler === "elapsed") return (time - timesOf(run).start) / 1000;
  // A key without epochs: the last step that it had by then.
  const { points } = series;
  const at = firstAtLeast(
    points.map((point) => point[2]),
    time,
  );
  return points[Math.min(at, points.length - 1)]?.[0] ?? null;
}

/** When the line itself had its last point of the epoch: others may go on a little longer. */
function ownTime({ points }: MetricSeries, epoch: number): number | null {
  for (let at = points.length - 1; at >= 0; at--) {
    const [, of, time] = points[at] ?? [0, null, 0];
    if (of === epoch) return time;
  }
  return null;
}

/** The epoch meant by a place on a chart; null where its runs have none. */
export function epochAt(lines: readonly Line[], x: number, ruler: Ruler): number | null {
  const line = lines.find(({ run }) => timesOf(run).epochs.length > 0);
  if (!line) return null;
  const { run, series } = line;
  if (ruler === "epoch") return within(run, Math.round(x));
  if (ruler === "time") return epochOfTime(run, x * 1000);
  if (ruler === "elapsed") return epochOfTime(run, x * 1000 + timesOf(run).start);
  const scale = epochScale(series);
  if (scale) return within(run, Math.round(scale.toEpoch(x)));
  const at = firstAtLeast(
    series.points.map((point) => point[0]),
    x,
  );
  const time = series.points[Math.min(at, series.points.length - 1)]?.[2];
  return time === undefined ? null : epochOfTime(run, time);
}

function within(run: ChartRun, epoch: number): number {
  const { epochs } = timesOf(run);
  return Math.min(Math.max(epoch, epochs[0] ?? epoch), epochs[epochs.length - 1] ?? epoch);
}
