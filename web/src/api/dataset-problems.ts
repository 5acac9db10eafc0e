import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { DatasetProblemPage } from "./types";

const PAGE = 100;

export interface ProblemFilter {
  code?: string | undefined;
}

export const datasetProblemsOptions = (id: number, snapshot: string, filter: ProblemFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.snapshot(id, snapshot), "problems", filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<DatasetProblemPage>(
        `/datasets/${id}/problems`,
        { snapshot, ...filter, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    // A new import of the same content may have found other things.
    staleTime: 30_000,
  });

export const useDatasetProblems = (id: number, snapshot: string, filter: ProblemFilter) =>
  useInfiniteQuery(datasetProblemsOptions(id, snapshot, filter));
