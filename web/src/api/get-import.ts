import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Import } from "./types";

const EVERY_MS = 600;

/** Asked for again until the import has ended. */
export const getImportOptions = (id: number) =>
  queryOptions({
    queryKey: keys.import(id),
    queryFn: ({ signal }) => getJson<Import>(`/datasets/imports/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? EVERY_MS : false),
  });

export const useImport = (id: number) => useQuery(getImportOptions(id));
