import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Health } from "./types";

const STEADY_MS = 15_000;
const LOST_MS = 2000;

/** Asked again and again, so that a page knows when its server is gone, and when it is back. */
export const getHealthOptions = () =>
  queryOptions({
    queryKey: keys.health,
    queryFn: ({ signal }) => getJson<Health>("/health", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    networkMode: "always",
    refetchInterval: (query) => (query.state.status === "error" ? LOST_MS : STEADY_MS),
  });

export const useHealth = () => useQuery(getHealthOptions());
