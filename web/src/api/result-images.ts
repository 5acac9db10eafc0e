import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ErrorKind, ImagePage } from "./types";

const PAGE = 30;

export interface ImageFilter {
  conf: number;
  iou: number;
  /** Indices into the matrix' labels, background included. */
  true?: number | undefined;
  pred?: number | undefined;
  class?: number | undefined;
  outcome?: "tp" | "fp" | "fn" | undefined;
  error?: ErrorKind | undefined;
  sort?: "worst" | "best" | "name" | "iou" | undefined;
}

export const resultImagesOptions = (id: number, epoch: number, filter: ImageFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.result(id, epoch), "images", filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<ImagePage>(
        `/validation/jobs/${id}/results/${epoch}/images`,
        { ...filter, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultImages = (id: number, epoch: number, filter: ImageFilter, enabled: boolean) =>
  useInfiniteQuery({ ...resultImagesOptions(id, epoch, filter), enabled });

export type ResultImagesQuery = ReturnType<typeof useResultImages>;
