import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { JobPage } from "./types";

const EVERY_MS = 3000;

export const listJobsOptions = () =>
  infiniteQueryOptions({
    queryKey: keys.jobs,
    queryFn: ({ pageParam, signal }) =>
      getJson<JobPage>("/training/jobs", { limit: 50, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: EVERY_MS,
  });

export const useListJobs = () => useInfiniteQuery(listJobsOptions());
