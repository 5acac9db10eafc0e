import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { JobPage } from "./types";

/** The newest jobs that have a text in their name, model or number. */
export const findJobsOptions = (search: string, project: number | null) =>
  queryOptions({
    queryKey: [...keys.jobs, "find", search, project] as const,
    queryFn: ({ signal }) =>
      getJson<JobPage>("/training/jobs", { search: search || undefined, project, limit: 20 }, signal),
    placeholderData: keepPreviousData,
  });

export const useFindJobs = (search: string, project: number | null, enabled: boolean) =>
  useQuery({ ...findJobsOptions(search, project), enabled });
