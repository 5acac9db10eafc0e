import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { apiPath, getJson } from "./client";
import { keys } from "./keys";
import type { LabelErrors, SuspectKind } from "./types";

export const SUSPECTS_A_PAGE = 24;

export interface SuspectFilter {
  iou: number;
  kind?: SuspectKind | undefined;
}

const pathOf = (id: number, epoch: number): string => `/validation/jobs/${id}/results/${epoch}/label-errors`;

export const labelErrorsOptions = (id: number, epoch: number, filter: SuspectFilter, page: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "label-errors", filter, page],
    queryFn: ({ signal }) =>
      getJson<LabelErrors>(
        pathOf(id, epoch),
        { ...filter, limit: SUSPECTS_A_PAGE, offset: page * SUSPECTS_A_PAGE },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** A page of the labels that are likely wrong, the most suspect first. */
export const useLabelErrors = (
  id: number,
  epoch: number,
  filter: SuspectFilter,
  page: number,
  enabled: boolean,
) => useQuery({ ...labelErrorsOptions(id, epoch, filter, page), enabled });

/** Where the list is to be had as CSV. */
export const labelErrorsCsv = (id: number, epoch: number, filter: SuspectFilter): string =>
  apiPath(`${pathOf(id, epoch)}/export`, { ...filter });
