/** MLflow's runs as runs on a page of charts. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { goesOn } from "../api/get-run";
import { readRunPart, runMetricsOptions } from "../api/run-metrics";
import type { Run } from "../api/types";
import type { ChartRun } from "./chart-runs";

/** The run's series as far as they are here; the parts follow one another by themselves. */
export function useRunCharts(run: Run) {
  const query = useInfiniteQuery(runMetricsOptions(run));
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const series = useMemo(() => data?.pages.flatMap((page) => page.series) ?? [], [data]);
  const sampled = useMemo(() => data?.pages.flatMap((page) => page.sampled) ?? [], [data]);
  const { id, name } = run;
  const live = goesOn(run);
  const finer = useCallback<NonNullable<ChartRun["finer"]>>(
    (part, signal) => readRunPart(id, part, signal),
    [id],
  );
  const chart = useMemo<ChartRun>(
    () => ({ id: `run-${id}`, name, bestEpoch: null, series, live, finer }),
    [id, name, series, live, finer],
  );
  return { query, chart, sampled };
}
