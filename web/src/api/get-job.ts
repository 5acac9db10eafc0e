import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Job } from "./types";

/** The stream brings what changes; this slow poll is for the time when it is down. */
const EVERY_MS = 10_000;

export const getJobOptions = (id: number) =>
  queryOptions({
    queryKey: keys.jobDetail(id),
    queryFn: ({ signal }) => getJson<Job>(`/training/jobs/${id}`, {}, signal),
    refetchInterval: EVERY_MS,
  });

export const useJob = (id: number) => useQuery(getJobOptions(id));
