import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Run, RunRow } from "./types";

/** How often a run that goes on is asked for. */
const EVERY_MS = 10_000;

export const goesOn = (run: Pick<RunRow, "status">): boolean =>
  run.status === "RUNNING" || run.status === "SCHEDULED";

export const getRunOptions = (id: string) =>
  queryOptions({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => getJson<Run>(`/mlflow/runs/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && goesOn(state.data) ? EVERY_MS : false),
  });

export const useRun = (id: string) => useQuery(getRunOptions(id));
