import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { OperatingPoints } from "./types";

export const resultOperatingPointsOptions = (id: number, epoch: number, beta: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "operating-points", beta, iou],
    queryFn: ({ signal }) =>
      getJson<OperatingPoints>(
        `/validation/jobs/${id}/results/${epoch}/operating-points`,
        { beta, iou },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultOperatingPoints = (
  id: number,
  epoch: number,
  beta: number,
  iou: number,
  enabled: boolean,
) => useQuery({ ...resultOperatingPointsOptions(id, epoch, beta, iou), enabled });
