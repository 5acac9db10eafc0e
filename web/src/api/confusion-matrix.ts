import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ConfusionAnswer } from "./types";

/** With its epoch, so that what is shown while another one comes says whose it is. */
export type MatrixOfEpoch = ConfusionAnswer & { epoch: number };

export const confusionMatrixOptions = (id: number, epoch: number, conf: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "confusion", conf, iou],
    queryFn: async ({ signal }): Promise<MatrixOfEpoch> => {
      const path = `/validation/jobs/${id}/results/${epoch}/confusion-matrix`;
      return { ...(await getJson<ConfusionAnswer>(path, { conf, iou }, signal)), epoch };
    },
    // A slider's move shows the old matrix until the new one is here.
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    // A slider leaves many behind.
    gcTime: 60_000,
  });

export const useConfusionMatrix = (id: number, epoch: number, conf: number, iou: number, enabled: boolean) =>
  useQuery({ ...confusionMatrixOptions(id, epoch, conf, iou), enabled });
