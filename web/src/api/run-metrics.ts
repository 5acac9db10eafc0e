import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { getJson } from "./client";
import { goesOn } from "./get-run";
import { keys } from "./keys";
import type { MetricSeries, Run, RunMetrics } from "./types";

const EVERY_MS = 10_000;
const MAX_POINTS = 2000;
/** A long run's histories are many requests to MLflow: its keys come in parts, one after the other. */
const KEYS_AT_ONCE = 10;

const path = (id: string): string => `/mlflow/runs/${encodeURIComponent(id)}/metrics`;

export const runMetricsOptions = (run: Run) =>
  infiniteQueryOptions({
    queryKey: [...keys.run(run.id), "metrics"] as const,
    queryFn: ({ pageParam, signal }) =>
      pageParam.length === 0
        ? { series: [], later: [], sampled: [] }
        : getJson<RunMetrics>(
            path(run.id),
            { key: pageParam.slice(0, KEYS_AT_ONCE), max_points: MAX_POINTS },
            signal,
          ),
    initialPageParam: run.keys.map((one) => one.key),
    getNextPageParam: (last, _pages, asked) => {
      const rest = [...last.later, ...asked.slice(KEYS_AT_ONCE)];
      return rest.length > 0 ? rest : null;
    },
    structuralSharing: false,
    staleTime: 30_000,
    refetchInterval: goesOn(run) ? EVERY_MS : false,
  });

/** All of a run's series at once, in fewer points: several runs are looked at together. */
export const runSeriesOptions = (run: Run) =>
  queryOptions({
    queryKey: [...keys.run(run.id), "series"] as const,
    queryFn: async ({ signal }) => ({
      series: await inParts(
        run.keys.map((one) => one.key),
        (asked) => getJson<RunMetrics>(path(run.id), { key: asked, max_points: MAX_POINTS }, signal),
      ),
    }),
    structuralSharing: false,
    staleTime: 30_000,
  });

/** More of the points of some keys, where less of the axis is seen; times are Unix milliseconds. None have epochs. */
export async function readRunPart(
  id: string,
  part: { keys: readonly string[]; axis: string; from: number; to: number; maxPoints: number },
  signal?: AbortSignal,
): Promise<MetricSeries[]> {
  const { keys: key, axis, from, to, maxPoints } = part;
  if (axis === "epoch") return [];
  return inParts(key, (asked) =>
    getJson<RunMetrics>(path(id), { key: asked, axis, from, to, max_points: maxPoints }, signal),
  );
}

/** Asks for some keys after others, and again for those that an answer had no room for. */
async function inParts(
  wanted: readonly string[],
  ask: (keys: readonly string[]) => Promise<RunMetrics>,
): Promise<MetricSeries[]> {
  const found: MetricSeries[] = [];
  for (let left = wanted; left.length > 0; ) {
    const answer = await ask(left.slice(0, KEYS_AT_ONCE));
    found.push(...answer.series);
    left = [...answer.later, ...left.slice(KEYS_AT_ONCE)];
  }
  return found;
}
