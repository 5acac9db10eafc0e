import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetImagePage } from "./types";

const PAGE = 60;

export interface DatasetImageFilter {
  split?: string | undefined;
  class?: number | undefined;
  /** A code, or "any". */
  problem?: string | undefined;
  empty?: boolean | undefined;
  search?: string | undefined;
  sort?: "path" | "objects" | "size" | undefined;
}

/** A snapshot never changes, so what was read of it stays true. */
export const datasetImagesOptions = (id: number, snapshot: string, filter: DatasetImageFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.snapshot(id, snapshot), "images", filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<DatasetImagePage>(
        `/datasets/${id}/images`,
        { snapshot, ...filter, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useDatasetImages = (id: number, snapshot: string, filter: DatasetImageFilter, enabled = true) =>
  useInfiniteQuery({ ...datasetImagesOptions(id, snapshot, filter), enabled });
