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

/** Where the browser downloads a snapshot as a zip. */
export const exportUrl = (id: number, snapshot: string, format: "yolo" | "coco"): string =>
  apiPath(`/datasets/${id}/export`, { format, snapshot });
