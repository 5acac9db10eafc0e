import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Curves } from "./types";

export const resultCurvesOptions = (id: number, epoch: number, classId: number | null, iou: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "curves", classId, iou],
    queryFn: ({ signal }) =>
      getJson<Curves>(`/validation/jobs/${id}/results/${epoch}/curves`, { class: classId, iou }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultCurves = (id: number, epoch: number, classId: number | null, iou: number) =>
  useQuery(resultCurvesOptions(id, epoch, classId, iou));
