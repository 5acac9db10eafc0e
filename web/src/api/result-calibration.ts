import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Calibration } from "./types";

export const resultCalibrationOptions = (id: number, epoch: number, conf: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "calibration", conf, iou],
    queryFn: ({ signal }) =>
      getJson<Calibration>(`/validation/jobs/${id}/results/${epoch}/calibration`, { conf, iou }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultCalibration = (
  id: number,
  epoch: number,
  conf: number,
  iou: number,
  enabled: boolean,
) => useQuery({ ...resultCalibrationOptions(id, epoch, conf, iou), enabled });
