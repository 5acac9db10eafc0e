import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Queue } from "./types";

const EVERY_MS = 3000;

/** What runs where and what waits for what; null is all projects. */
export const getQueueOptions = (project: number | null) =>
  queryOptions({
    queryKey: [...keys.queue, project] as const,
    queryFn: ({ signal }) => getJson<Queue>("/training/queue", { project }, signal),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });

export const useQueue = (project: number | null) => useQuery(getQueueOptions(project));
