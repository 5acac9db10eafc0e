/** When a run began, and when each of its epochs ended, from the times of its points. */
import type { MetricSeries } from "../api/types";
import type { ChartRun } from "./chart-runs";
import { firstAtLeast } from "./epoch-scale";

interface RunTimes {
  /** Unix milliseconds; 0 where there is no point. */
  start: number;
  /** Ascending. */
  epochs: number[];
  ends: number[];
}

const known = new WeakMap<readonly MetricSeries[], RunTimes>();

export function timesOf(run: ChartRun): RunTimes {
  const found = known.get(run.series);
  if (found) return found;
  const ends = new Map<number, number>();
  // Whichever is earlier: a script's clock may be behind the server's.
  let start = run.start ?? Number.POSITIVE_INFINITY;
  for (const { points } of run.series) {
    for (const [, epoch, time] of points) {
      start = Math.min(start, time);
      if (epoch !== null) ends.set(epoch, Math.max(time, ends.get(epoch) ?? time));
    }
  }
  const sorted = [...ends].sort((a, b) => a[0] - b[0]);
  const made: RunTimes = {
    start: Number.isFinite(start) ? start : 0,
    epochs: sorted.map(([epoch]) => epoch),
    ends: sorted.map(([, time]) => time),
  };
  known.set(run.series, made);
  return made;
}

/** When the epoch ended, or the last one before it that is known. */
export function timeOfEpoch(run: ChartRun, epoch: number): number | null {
  const { epochs, ends } = timesOf(run);
  const at = firstAtLeast(epochs, epoch);
  return ends[epochs[at] === epoch ? at : at - 1] ?? null;
}

/** The epoch that was running at this time. */
export function epochOfTime(run: ChartRun, time: number): number | null {
  const { epochs, ends } = timesOf(run);
  return epochs[Math.min(firstAtLeast(ends, time), epochs.length - 1)] ?? null;
}
