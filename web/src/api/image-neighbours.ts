import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ImageFilter } from "./result-images";
import type { Neighbours } from "./types";

export const imageNeighboursOptions = (id: number, epoch: number, imageId: number, filter: ImageFilter) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "neighbours", imageId, filter],
    queryFn: ({ signal }) =>
      getJson<Neighbours>(
        `/validation/jobs/${id}/results/${epoch}/images/${imageId}/neighbours`,
        { ...filter },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** Where an image is in the whole list that the filter gives, and which are beside it. */
export const useImageNeighbours = (
  id: number,
  epoch: number,
  imageId: number,
  filter: ImageFilter,
  enabled = true,
) => useQuery({ ...imageNeighboursOptions(id, epoch, imageId, filter), enabled });
