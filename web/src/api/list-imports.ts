import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ImportPage } from "./types";

const RECENT = 8;
const EVERY_MS = 2000;

/** The newest few of one project, or, for null, of all; asked for again while one of them runs. */
export const listImportsOptions = (project: number | null) =>
  queryOptions({
    queryKey: [...keys.imports, project] as const,
    queryFn: ({ signal }) => getJson<ImportPage>("/datasets/imports", { limit: RECENT, project }, signal),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.state === "running") ? EVERY_MS : false,
  });

export const useListImports = (project: number | null) => useQuery(listImportsOptions(project));
