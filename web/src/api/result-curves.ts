import { keepPreviousData, queryOptions, useQueries } from "@tanstack/react-query";
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

/** The curves of several classes; null: of all together. */
export const useResultCurves = (
  id: number,
  epoch: number,
  classIds: readonly (number | null)[],
  iou: number,
) => useQueries({ queries: classIds.map((classId) => resultCurvesOptions(id, epoch, classId, iou)) });
