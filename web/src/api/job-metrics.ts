import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import { mergeLate, recentPoints } from "./live-points";
import type { MetricSeries, MetricsAnswer } from "./types";

export const MAX_POINTS = 2000;
/** Of all keys together; an answer has fewer than half of it. */
export const MAX_POINTS_HELD = 40_000;

export const jobMetricsOptions = (id: number) =>
  queryOptions({
    queryKey: keys.metrics(id),
    queryFn: async ({ signal }) => {
      const asked = Date.now();
      const answer = await getJson<MetricsAnswer>(
        `/training/jobs/${id}/metrics`,
        { max_points: MAX_POINTS },
        signal,
      );
      // What the stream brought meanwhile may be missing from the answer.
      return mergeLate(answer, recentPoints(id, asked));
    },
    // Thousands of points, and merges keep the identity of what didn't change.
    structuralSharing: false,
    staleTime: 30_000,
  });

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
