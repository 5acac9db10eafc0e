import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Health } from "./types";

export const getHealthOptions = () =>
  queryOptions({
    queryKey: keys.health,
    queryFn: ({ signal }) => getJson<Health>("/health", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useHealth = () => useQuery(getHealthOptions());
