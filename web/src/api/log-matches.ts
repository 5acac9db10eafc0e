import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import type { Level } from "./job-logs";
import { keys } from "./keys";
import type { LogMatches } from "./types";

const LIVE_MS = 5000;

/** Where a text is in the whole log. */
export const logMatchesOptions = (id: number, search: string, level: Level | undefined) =>
  queryOptions({
    queryKey: keys.logMatches(id, search, level ?? ""),
    queryFn: ({ signal }) =>
      getJson<LogMatches>(`/training/jobs/${id}/logs/matches`, { search, level }, signal),
    enabled: search !== "",
    placeholderData: keepPreviousData,
  });

export const useLogMatches = (id: number, search: string, level: Level | undefined, live: boolean) =>
  useQuery({ ...logMatchesOptions(id, search, level), refetchInterval: live ? LIVE_MS : false });
