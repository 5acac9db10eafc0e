import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import { mergePoints, recentPoints } from "./live-points";
import type { MetricsAnswer } from "./types";

export const MAX_POINTS = 2000;

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
      return mergePoints(answer, recentPoints(id, asked));
    },
    // Thousands of points, and merges keep the identity of what didn't change.
    structuralSharing: false,
    staleTime: 30_000,
  });

export const useJobMetrics = (id: number) => useQuery(jobMetricsOptions(id));
