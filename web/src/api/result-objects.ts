import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { PairFilter } from "./result-images";
import type { ObjectPage, ObjectsSort } from "./types";

export const OBJECTS_A_PAGE = 100;

export interface ObjectFilter extends PairFilter {
  sort: ObjectsSort;
}

export const resultObjectsOptions = (id: number, epoch: number, filter: ObjectFilter, page: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "objects", filter, page],
    queryFn: ({ signal }) =>
      getJson<ObjectPage>(
        `/validation/jobs/${id}/results/${epoch}/objects`,
        { ...filter, limit: OBJECTS_A_PAGE, offset: page * OBJECTS_A_PAGE },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** A page of the objects behind a cell, a kind of error and so on, from 0. */
export const useResultObjects = (
  id: number,
  epoch: number,
  filter: ObjectFilter,
  page: number,
  enabled: boolean,
) => useQuery({ ...resultObjectsOptions(id, epoch, filter, page), enabled });
