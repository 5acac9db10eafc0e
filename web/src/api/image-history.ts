import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ImageHistory } from "./types";

export interface HistoryAt {
  conf: number;
  iou: number;
  /** An object of the truth to follow. */
  object: number | null;
}

/** So many epochs are read at once; all of a long job take the server some seconds when it first looks. */
const AT_FIRST = 40;

/** One image over the epochs. `validated` is how many there are: one more asks again. */
export const imageHistoryOptions = (
  id: number,
  imageId: number,
  at: HistoryAt,
  validated: number,
  most: number | null,
) =>
  queryOptions({
    queryKey: [...keys.job(id), "history", imageId, at, validated, most],
    queryFn: ({ signal }) =>
      getJson<ImageHistory>(`/validation/jobs/${id}/images/${imageId}/history`, { ...at, most }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** An even share of the epochs first, then all that the server reads. */
export function useImageHistory(id: number, imageId: number, at: HistoryAt, validated: number) {
  const some = useQuery(imageHistoryOptions(id, imageId, at, validated, AT_FIRST));
  const wanted = some.data?.thinned === true && !some.isPlaceholderData;
  const all = useQuery({ ...imageHistoryOptions(id, imageId, at, validated, null), enabled: wanted });
  // What was drawn whole stays whole while it is asked for anew.
  return all.data?.image_id === imageId && some.data?.thinned ? all : some;
}
