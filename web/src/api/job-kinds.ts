import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { JobKinds } from "./types";

const EVERY_MS = 15_000;

/** What the jobs of a project, or, for null, of all, can be filtered by. */
export const jobKindsOptions = (project: number | null) =>
  queryOptions({
    queryKey: [...keys.jobKinds, project] as const,
    queryFn: ({ signal }) => getJson<JobKinds>("/training/job-kinds", { project }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });

export const useJobKinds = (project: number | null) => useQuery(jobKindsOptions(project));
