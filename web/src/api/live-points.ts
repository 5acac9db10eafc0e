/** Metric points from the stream, merged into the series held in the cache. Memory is bounded on both sides. */
import type { LivePoint, MetricPoint, MetricSeries, MetricsAnswer } from "./types";

const KEEP_MS = 30_000;
const KEEP_POINTS = 20_000;

interface Held {
  at: number;
  point: LivePoint;
}

const held = new Map<number, Held[]>();

/** Remember points for as long as an answer that was asked for before them may still arrive. */
export function rememberPoints(jobId: number, points: readonly LivePoint[], now = Date.now()): void {
  const kept = (held.get(jobId) ?? []).filter((entry) => now - entry.at < KEEP_MS);
  for (const point of points) kept.push({ at: now, point });
  held.set(jobId, kept.slice(-KEEP_POINTS));
}

export function recentPoints(jobId: number, since: number): LivePoint[] {
  // A margin, since the stream may be ahead of what the database showed when the question arrived.
  return (held.get(jobId) ?? []).filter((entry) => entry.at >= since - 2000).map((entry) => entry.point);
}

export function forgetPoints(jobId: number): void {
  held.delete(jobId);
}

/** A new answer with `points` added: a step that is there is replaced; series without news keep their identity. */
export function mergePoints(answer: MetricsAnswer, points: readonly LivePoint[]): MetricsAnswer {
  if (points.length === 0) return answer;
  const news = new Map<string, LivePoint[]>();
  for (const point of points) {
    const list = news.get(point.key);
    if (list) list.push(point);
    else news.set(point.key, [point]);
  }
  const series = answer.series.map((one) => {
    const fresh = news.get(one.key);
    if (!fresh) return one;
    news.delete(one.key);
    return withPoints(one, fresh);
  });
  for (const [key, fresh] of news) {
    const first = fresh[0];
    if (first) series.push(withPoints({ key, category: first.category, points: [], total: 0 }, fresh));
  }
  return { ...answer, series };
}

/** The points of `asked`, which had to wait, put into what is shown. */
export function withMore(shown: MetricsAnswer, more: MetricsAnswer, asked: readonly string[]): MetricsAnswer {
  const found = new Map(more.series.map((one) => [one.key, one]));
  return {
    series: shown.series.map((one) => (asked.includes(one.key) ? (found.get(one.key) ?? one) : one)),
    later: shown.later.filter((key) => !asked.includes(key)),
  };
}

/**
 * An answer with what may have come too late for it. A thinned series left out most of the steps that the stream
 * brought too: only what lies behind its last point is news.
 */
export function mergeLate(answer: MetricsAnswer, points: readonly LivePoint[]): MetricsAnswer {
  const ends = new Map(
    answer.series
      .filter((one) => one.total > one.points.length)
      .map((one) => [one.key, one.points[one.points.length - 1]?.[0] ?? 0]),
  );
  return mergePoints(
    answer,
    points.filter(({ key, step }) => step >= (ends.get(key) ?? step)),
  );
}

function withPoints(old: MetricSeries, fresh: readonly LivePoint[]): MetricSeries {
  const points = [...old.points];
  // Of a thinned series nobody knows which of the steps between those that are here are new.
  const whole = old.total === old.points.length;
  let { total } = old;
  for (const { step, epoch, time, value } of fresh) {
    const point: MetricPoint = [step, epoch, time, value];
    const at = positionOf(points, step);
    if (points[at]?.[0] === step) points[at] = point;
    else {
      if (whole || at === points.length) total += 1;
      points.splice(at, 0, point);
    }
  }
  return { ...old, points, total: Math.max(total, points.length) };
}

/** Index of the first point whose step is `step` or more. */
function positionOf(points: readonly MetricPoint[], step: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const longest = (answer: MetricsAnswer): number =>
  answer.series.reduce((most, one) => Math.max(most, one.points.length), 0);

export const pointsOf = (answer: MetricsAnswer): number =>
  answer.series.reduce((sum, one) => sum + one.points.length, 0);
