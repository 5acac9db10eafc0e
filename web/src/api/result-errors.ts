import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ErrorTypes } from "./types";

export const resultErrorsOptions = (id: number, epoch: number, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "errors", iou],
    queryFn: ({ signal }) =>
      getJson<ErrorTypes>(`/validation/jobs/${id}/results/${epoch}/errors`, { iou }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultErrors = (id: number, epoch: number, iou: number, enabled: boolean) =>
  useQuery({ ...resultErrorsOptions(id, epoch, iou), enabled });
