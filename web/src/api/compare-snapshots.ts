import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Comparison, ComparisonItem } from "./types";

const PAGE = 60;

export const compareSnapshotsOptions = (
  id: number,
  base: string,
  head: string,
  change: ComparisonItem["change"] | undefined,
) =>
  infiniteQueryOptions({
    queryKey: [...keys.snapshot(id, head), "compare", base, change ?? ""],
    queryFn: ({ pageParam, signal }) =>
      getJson<Comparison>(
        `/datasets/${id}/compare`,
        { base, head, change, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useCompareSnapshots = (
  id: number,
  base: string,
  head: string,
  change: ComparisonItem["change"] | undefined,
) => useInfiniteQuery(compareSnapshotsOptions(id, base, head, change));
