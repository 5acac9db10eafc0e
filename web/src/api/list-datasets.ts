import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetPage } from "./types";

export const listDatasetsOptions = () =>
  infiniteQueryOptions({
    queryKey: keys.datasets,
    queryFn: ({ pageParam, signal }) => getJson<DatasetPage>("/datasets", { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const useListDatasets = () => useInfiniteQuery(listDatasetsOptions());
