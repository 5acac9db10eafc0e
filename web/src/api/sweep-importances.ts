import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Importances } from "./types";

/** Asked again when another trial has ended: `ended` says how many have. */
export const sweepImportancesOptions = (id: number, ended: number) =>
  queryOptions({
    queryKey: [...keys.sweep(id), "importances", ended] as const,
    queryFn: ({ signal }) => getJson<Importances>(`/training/sweeps/${id}/importances`, {}, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useImportances = (id: number, ended: number) => useQuery(sweepImportancesOptions(id, ended));
