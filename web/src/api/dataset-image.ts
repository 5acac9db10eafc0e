import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetImage } from "./types";

export const datasetImageOptions = (id: number, snapshot: string, imageId: number) =>
  queryOptions({
    queryKey: [...keys.snapshot(id, snapshot), "image", imageId],
    queryFn: ({ signal }) => getJson<DatasetImage>(`/datasets/${id}/images/${imageId}`, { snapshot }, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useDatasetImage = (id: number, snapshot: string, imageId: number) =>
  useQuery(datasetImageOptions(id, snapshot, imageId));
