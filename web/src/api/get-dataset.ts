import { queryOptions, useQuery } from "@tanstack/react-query";
import { apiPath, getJson } from "./client";
import { keys } from "./keys";
import type { DatasetDetail } from "./types";

export const getDatasetOptions = (id: number) =>
  queryOptions({
    queryKey: keys.dataset(id),
    queryFn: ({ signal }) => getJson<DatasetDetail>(`/datasets/${id}`, {}, signal),
  });

export const useDataset = (id: number) => useQuery(getDatasetOptions(id));

export const datasetImageUrl = (id: number, imageId: number, snapshot: string, size?: number): string =>
  apiPath(`/datasets/${id}/images/${imageId}/file`, { snapshot, size });
