import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { SweepPage } from "./types";

const EVERY_MS = 3000;

/** Sweeps, newest first; null is all projects. Polled, as the list of jobs is. */
export const listSweepsOptions = (project: number | null) =>
  infiniteQueryOptions({
    queryKey: [...keys.sweeps, project] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<SweepPage>("/training/sweeps", { limit: 50, cursor: pageParam, project }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: EVERY_MS,
  });

export const useListSweeps = (project: number | null) => useInfiniteQuery(listSweepsOptions(project));
