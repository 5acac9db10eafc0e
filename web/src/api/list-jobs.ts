import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { JobPage } from "./types";

const EVERY_MS = 3000;

/** Of one project, or, for null, of all. */
export const listJobsOptions = (project: number | null) =>
  infiniteQueryOptions({
    queryKey: [...keys.jobs, project] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<JobPage>("/training/jobs", { limit: 50, cursor: pageParam, project }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: EVERY_MS,
  });

export const useListJobs = (project: number | null) => useInfiniteQuery(listJobsOptions(project));
