import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { JobPage } from "./types";

const EVERY_MS = 3000;

/** Of several values of one filter a job has one, of several tags all. */
export interface JobsQuery {
  /** Null is all projects. */
  project: number | null;
  state?: readonly string[];
  trainer?: readonly string[];
  task?: readonly string[];
  dataset?: readonly string[];
  tag?: readonly string[];
  search?: string | undefined;
  sort?: string | undefined;
  order?: string | undefined;
}

export const listJobsOptions = (query: JobsQuery) =>
  infiniteQueryOptions({
    queryKey: [...keys.jobs, query] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<JobPage>("/training/jobs", { limit: 50, cursor: pageParam, ...query }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: EVERY_MS,
    // While another filter is asked for, what was there stays.
    placeholderData: keepPreviousData,
  });

export const useListJobs = (query: JobsQuery) => useInfiniteQuery(listJobsOptions(query));
