import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Tracker } from "./types";

export const getTrackerOptions = () =>
  queryOptions({
    queryKey: [...keys.mlflow, "tracker"],
    queryFn: ({ signal }) => getJson<Tracker>("/mlflow", {}, signal),
    staleTime: 60_000,
  });

export const useTracker = () => useQuery(getTrackerOptions());
