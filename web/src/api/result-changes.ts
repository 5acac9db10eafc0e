import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ImageChanges, ImageFate } from "./types";

/** An epoch of a job. */
export interface ResultRef {
  job: number;
  epoch: number;
}

export interface ChangesView {
  kind?: ImageFate | undefined;
  sort?: "worse" | "better" | undefined;
  conf?: number | undefined;
  iou?: number | undefined;
}

/** Image by image what `after` broke and fixed against `before`. */
export const resultChangesOptions = (before: ResultRef, after: ResultRef, view: ChangesView) =>
  infiniteQueryOptions({
    queryKey: [...keys.result(after.job, after.epoch), "changes", before, view] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<ImageChanges>(
        `/validation/jobs/${after.job}/results/${after.epoch}/changes`,
        {
          base_job: before.job,
          base_epoch: before.epoch,
          kind: view.kind,
          sort: view.sort,
          conf: view.conf,
          iou: view.iou,
          limit: 60,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultChanges = (before: ResultRef, after: ResultRef, view: ChangesView) =>
  useInfiniteQuery(resultChangesOptions(before, after, view));
