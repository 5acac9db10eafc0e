import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetPage } from "./types";

/** Of one project, or, for null, of all. */
export const listDatasetsOptions = (project: number | null) =>
  infiniteQueryOptions({
    queryKey: [...keys.datasets, project] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<DatasetPage>("/datasets", { cursor: pageParam, project }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const useListDatasets = (project: number | null) => useInfiniteQuery(listDatasetsOptions(project));
