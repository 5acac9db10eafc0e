import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { RunPage } from "./types";

export interface RunFilter {
  experiment?: string | undefined;
  search?: string | undefined;
}

/** Runs of the connected MLflow, newest first. */
export const listRunsOptions = ({ experiment, search }: RunFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.mlflow, "runs", experiment ?? null, search ?? null] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<RunPage>("/mlflow/runs", { experiment, search, limit: 50, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

export const useListRuns = (filter: RunFilter) => useInfiniteQuery(listRunsOptions(filter));
