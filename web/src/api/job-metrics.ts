import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import { mergeLate, recentPoints, withMore } from "./live-points";
import type { MetricSeries, MetricsAnswer } from "./types";

export const MAX_POINTS = 2000;
/** The server gives no more of all keys together, nor of one. */
export const MOST_AT_ONCE = 15_000;
/** Of all keys together. */
export const MAX_POINTS_HELD = 40_000;

/** So many keys fill the first screen; the points of the others come after them. */
const FIRST_KEYS = 24;
/** So many an answer, so that charts fill one after the other; more and more, since those far down are in no hurry. */
const [KEYS_NEXT, KEYS_LAST] = [24, 96];
/** What any proxy takes as an address, with room for the rest of it. */
const ADDRESS_CHARACTERS = 6000;

export const jobMetricsOptions = (id: number) =>
  queryOptions({
    queryKey: keys.metrics(id),
    queryFn: async ({ client, signal }): Promise<MetricsAnswer> => {
      const asked = Date.now();
      const path = `/training/jobs/${id}/metrics`;
      const before = client.getQueryData<MetricsAnswer>(keys.metrics(id));
      const seen = before !== undefined && before.later.length === 0;
      const first = await getJson<MetricsAnswer>(
        path,
        { max_points: MAX_POINTS, first: seen ? null : FIRST_KEYS },
        signal,
      );
      // What the stream brought meanwhile may be missing from an answer.
      let known = mergeLate(first, recentPoints(id, asked));
      const maxPoints = pointsOfEach(first.series.length);
      for (let count = KEYS_NEXT; known.later.length > 0; count = Math.min(2 * count, KEYS_LAST)) {
        client.setQueryData(keys.metrics(id), known);
        const key = thatFit(known.later.slice(0, count));
        const more = await getJson<MetricsAnswer>(path, { key, max_points: maxPoints }, signal);
        // The stream went on adding to what is shown.
        const shown = client.getQueryData<MetricsAnswer>(keys.metrics(id)) ?? known;
        known = withMore(shown, mergeLate(more, recentPoints(id, asked)), key);
      }
      return known;
    },
    // Thousands of points, and merges keep the identity of what didn't change.
    structuralSharing: false,
    staleTime: 30_000,
  });

/** As many as an address has room for; one at least. */
function thatFit(names: readonly string[]): string[] {
  let left = ADDRESS_CHARACTERS;
  return names.filter((name, at) => {
    left -= encodeURIComponent(name).length + "&key=".length;
    return at === 0 || left > 0;
  });
}

/** As many of each key as an answer of all of them has. */
const pointsOfEach = (keyCount: number): number =>
  Math.max(2, Math.min(MAX_POINTS, Math.floor(MOST_AT_ONCE / Math.max(1, keyCount))));

export const useJobMetrics = (id: number) => useQuery(jobMetricsOptions(id));

/** More of the points of some keys, where less of the axis is seen; times are Unix milliseconds. */
export async function readMetricsPart(
  id: number,
  part: { keys: readonly string[]; axis: string; from: number; to: number; maxPoints: number },
  signal?: AbortSignal,
): Promise<MetricSeries[]> {
  const { keys: key, axis, from, to, maxPoints } = part;
  const answer = await getJson<MetricsAnswer>(
    `/training/jobs/${id}/metrics`,
    { key, axis, from, to, max_points: maxPoints },
    signal,
  );
  return answer.series;
}
