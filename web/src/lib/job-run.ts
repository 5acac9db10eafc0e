/** A job as a run on a page of charts. */
import { useCallback, useMemo } from "react";
import { readMetricsPart, useJobMetrics } from "../api/job-metrics";
import { isLive } from "../api/job-states";
import type { Job, MetricSeries } from "../api/types";
import type { ChartRun } from "./chart-runs";

const NONE: readonly MetricSeries[] = [];

/** The job's metrics as they are asked for, and the run that they make. */
export function useJobRun(job: Job) {
  const query = useJobMetrics(job.id);
  const series = query.data?.series ?? NONE;
  const { id, name, best_epoch: bestEpoch, started_at: start } = job;
  const live = isLive(job);
  const finer = useCallback<NonNullable<ChartRun["finer"]>>(
    (part, signal) => readMetricsPart(id, part, signal),
    [id],
  );
  const run = useMemo<ChartRun>(
    () => ({ id: `job-${id}`, name, bestEpoch, start, series, live, finer }),
    [id, name, bestEpoch, start, series, live, finer],
  );
  return { query, run };
}
