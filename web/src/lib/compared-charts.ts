/** The lines of several trainings, for one page of charts. */
import { useQueries } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { goesOn } from "../api/get-run";
import { jobMetricsOptions, readMetricsPart } from "../api/job-metrics";
import { isLive } from "../api/job-states";
import { readRunPart, runSeriesOptions } from "../api/run-metrics";
import type { MetricSeries } from "../api/types";
import type { ChartRun } from "./chart-runs";
import type { Training } from "./compared";

/** A page of ten jobs has no ten live streams: a browser opens six connections to a server. */
const EVERY_MS = 5000;
const NONE: readonly MetricSeries[] = [];

export function useComparedCharts(trainings: readonly Training[]) {
  const queries = useQueries({
    queries: trainings.map(({ job, run }) =>
      job
        ? { ...jobMetricsOptions(job.id), refetchInterval: isLive(job) ? EVERY_MS : false }
        : { ...runSeriesOptions(run), refetchInterval: goesOn(run) ? EVERY_MS : false },
    ),
    combine: seriesOf,
  });
  const known = useRef(new Map<string, ChartRun>());
  const runs = useMemo(() => {
    const made = trainings.map((training, at) =>
      chartOf(training, queries.series[at] ?? NONE, known.current.get(training.id)),
    );
    known.current = new Map(made.map((run) => [run.id, run]));
    return made;
  }, [trainings, queries.series]);
  return { ...queries, runs };
}

/** The one before, where nothing in it is another: charts that have no news are not drawn again. */
function chartOf(
  { id, name, job, run }: Training,
  series: readonly MetricSeries[],
  old: ChartRun | undefined,
): ChartRun {
  const bestEpoch = job?.best_epoch ?? null;
  const start = job?.started_at ?? null;
  const live = job ? isLive(job) : goesOn(run);
  if (
    old &&
    old.name === name &&
    old.bestEpoch === bestEpoch &&
    old.start === start &&
    old.series === series &&
    old.live === live
  )
    return old;
  const finer: ChartRun["finer"] = (part, signal) =>
    job ? readMetricsPart(job.id, part, signal) : readRunPart(run.id, part, signal);
  return { id, name, bestEpoch, start, series, live, finer: old?.finer ?? finer };
}

interface Answer {
  data: { series: readonly MetricSeries[] } | undefined;
  isPending: boolean;
  error: Error | null;
}

const seriesOf = (queries: readonly Answer[]) => ({
  series: queries.map((query) => query.data?.series),
  isPending: queries.some((query) => query.isPending),
  errors: queries.flatMap((query) => (query.error ? [query.error] : [])),
});
