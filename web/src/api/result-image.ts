import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ImageDetail } from "./types";

export const resultImageOptions = (id: number, epoch: number, imageId: number, conf: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "image", imageId, conf, iou],
    queryFn: ({ signal }) =>
      getJson<ImageDetail>(
        `/validation/jobs/${id}/results/${epoch}/images/${imageId}`,
        { conf, iou },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultImage = (id: number, epoch: number, imageId: number, conf: number, iou: number) =>
  useQuery(resultImageOptions(id, epoch, imageId, conf, iou));
