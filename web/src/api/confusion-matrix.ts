import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ConfusionAnswer } from "./types";

export const confusionMatrixOptions = (id: number, epoch: number, conf: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "confusion", conf, iou],
    queryFn: ({ signal }) =>
      getJson<ConfusionAnswer>(
        `/validation/jobs/${id}/results/${epoch}/confusion-matrix`,
        { conf, iou },
        signal,
      ),
    // A slider's move shows the old matrix until the new one is here.
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useConfusionMatrix = (id: number, epoch: number, conf: number, iou: number, enabled: boolean) =>
  useQuery({ ...confusionMatrixOptions(id, epoch, conf, iou), enabled });
