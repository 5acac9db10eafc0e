import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Dependents } from "./types";

/** The jobs that depend on a dataset, or on one snapshot of it; always asked anew. */
export const datasetDependentsOptions = (id: number, snapshot: string | null) =>
  queryOptions({
    queryKey: [...keys.datasetAll(id), "dependents", snapshot],
    queryFn: ({ signal }) => getJson<Dependents>(`/datasets/${id}/dependents`, { snapshot }, signal),
    staleTime: 0,
    gcTime: 0,
  });

export const useDatasetDependents = (id: number, snapshot: string | null) =>
  useQuery(datasetDependentsOptions(id, snapshot));
