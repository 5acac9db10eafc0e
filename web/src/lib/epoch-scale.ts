/** Where steps lie among epochs, so that a curve by step can stand beside one by epoch. */
import type { MetricSeries } from "../api/types";

/** Piecewise linear, through the last step of each epoch. */
export interface EpochScale {
  toEpoch: (step: number) => number;
  toStep: (epoch: number) => number;
}

const known = new WeakMap<MetricSeries, EpochScale | null>();

/** Null where a point of the series says no epoch. */
export function epochScale(series: MetricSeries): EpochScale | null {
  const found = known.get(series);
  if (found !== undefined) return found;
  const made = makeScale(series);
  known.set(series, made);
  return made;
}

function makeScale({ points }: MetricSeries): EpochScale | null {
  const steps: number[] = [];
  const epochs: number[] = [];
  for (const [step, epoch] of points) {
    if (epoch === null) return null;
    const last = epochs[epochs.length - 1];
    if (last !== undefined && epoch <= last) steps[steps.length - 1] = step;
    else {
      steps.push(step);
      epochs.push(epoch);
    }
  }
  const [first] = points;
  const firstEpoch = epochs[0];
  if (!first || firstEpoch === undefined) return null;
  endRunningEpoch(steps, epochs);
  if (first[0] < (steps[0] ?? first[0])) {
    // Several points in the first epoch: it began just before them.
    steps.unshift(first[0] - 1);
    epochs.unshift(firstEpoch - 1);
  }
  return {
    // Rounded, so that the end of an epoch is the same place for every key.
    toEpoch: (step) => Math.round(interpolate(steps, epochs, step) * 1e6) / 1e6,
    toStep: (epoch) => interpolate(epochs, steps, epoch),
  };
}

/** The last epoch may have only begun: it is taken to be as long as the one before. */
function endRunningEpoch(steps: number[], epochs: number[]): void {
  const last = steps.length - 1;
  if (last < 2) return;
  const [s0 = 0, s1 = 0, s2 = 0] = steps.slice(last - 2);
  const [e0 = 0, e1 = 0, e2 = 0] = epochs.slice(last - 2);
  const end = s1 + ((s1 - s0) / (e1 - e0)) * (e2 - e1);
  if (end > s2) steps[last] = end;
}

/** `to` at `value` of the ascending `from`; beyond its ends, on along the first or last piece. */
export function interpolate(from: readonly number[], to: readonly number[], value: number): number {
  if (from.length === 1) return (to[0] ?? 0) + value - (from[0] ?? 0);
  const at = Math.min(Math.max(1, firstAtLeast(from, value)), from.length - 1);
  const [x0 = 0, x1 = 0] = [from[at - 1], from[at]];
  const [y0 = 0, y1 = 0] = [to[at - 1], to[at]];
  return y0 + ((value - x0) / (x1 - x0)) * (y1 - y0);
}

/** Index of the first of ascending `values` that is `value` or more. */
export function firstAtLeast(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
