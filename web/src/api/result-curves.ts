import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Curves } from "./types";

export const resultCurvesOptions = (id: number, epoch: number, classId: number | null) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "curves", classId],
    queryFn: ({ signal }) =>
      getJson<Curves>(`/validation/jobs/${id}/results/${epoch}/curves`, { class: classId }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultCurves = (id: number, epoch: number, classId: number | null, enabled: boolean) =>
  useQuery({ ...resultCurvesOptions(id, epoch, classId), enabled });
