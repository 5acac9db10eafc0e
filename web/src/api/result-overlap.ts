import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Overlap } from "./types";

export const resultOverlapOptions = (id: number, epoch: number, conf: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "overlap", conf],
    queryFn: ({ signal }) =>
      getJson<Overlap>(`/validation/jobs/${id}/results/${epoch}/overlap`, { conf }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultOverlap = (id: number, epoch: number, conf: number, enabled: boolean) =>
  useQuery({ ...resultOverlapOptions(id, epoch, conf), enabled });
