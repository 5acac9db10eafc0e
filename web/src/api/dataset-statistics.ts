import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetStatistics } from "./types";

export interface StatisticsFilter {
  split?: string | undefined;
  class?: number | undefined;
}

export const datasetStatisticsOptions = (id: number, snapshot: string, filter: StatisticsFilter) =>
  queryOptions({
    queryKey: [...keys.snapshot(id, snapshot), "statistics", filter],
    queryFn: ({ signal }) =>
      getJson<DatasetStatistics>(`/datasets/${id}/statistics`, { snapshot, ...filter }, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useDatasetStatistics = (id: number, snapshot: string, filter: StatisticsFilter) =>
  useQuery(datasetStatisticsOptions(id, snapshot, filter));
