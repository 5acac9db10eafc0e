import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ErrorKind, ImagePage, ImagesSort, ObjectSize } from "./types";

/** So many images have an answer of about a third of a megabyte, at most. */
export const IMAGES_A_PAGE = 100;
/** Whoever scrolls through 100,000 images doesn't keep them all. */
const KEEP_MS = 60_000;

/** Which pairs are meant; all of it must hold. */
export interface PairFilter {
  conf: number;
  iou: number;
  /** Indices into the matrix' labels, background included. */
  true?: number | undefined;
  pred?: number | undefined;
  class?: number | undefined;
  outcome?: "tp" | "fp" | "fn" | undefined;
  error?: ErrorKind | undefined;
  size?: ObjectSize | undefined;
  split?: string | undefined;
  text?: string | undefined;
}

export interface ImageFilter extends PairFilter {
  sort: ImagesSort;
}

export const resultImagesOptions = (id: number, epoch: number, filter: ImageFilter, page: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "images", filter, page],
    queryFn: ({ signal }) =>
      getJson<ImagePage>(
        `/validation/jobs/${id}/results/${epoch}/images`,
        { ...filter, limit: IMAGES_A_PAGE, offset: page * IMAGES_A_PAGE },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: KEEP_MS,
  });

/** A page of the list, from 0; any can be asked for. */
export const useResultImages = (
  id: number,
  epoch: number,
  filter: ImageFilter,
  page: number,
  enabled: boolean,
) => useQuery({ ...resultImagesOptions(id, epoch, filter, page), enabled });

export type ResultImagesQuery = ReturnType<typeof useResultImages>;
