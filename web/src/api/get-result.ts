import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ResultDetail } from "./types";

export const getResultOptions = (id: number, epoch: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "detail"],
    queryFn: ({ signal }) => getJson<ResultDetail>(`/validation/jobs/${id}/results/${epoch}`, {}, signal),
    placeholderData: keepPreviousData,
  });

export const useResult = (id: number, epoch: number) => useQuery(getResultOptions(id, epoch));
