import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { imageNeighboursOptions, useImageNeighbours } from "../../api/image-neighbours";
import { resultImageOptions } from "../../api/result-image";
import type { Highlight } from "../../api/types";
import { imageFilter, type ViewProps } from "./view-state";

export interface ImageSteps {
  previous: number | null;
  next: number | null;
  /** From 1; null while it isn't known, or if the filters leave this image out. */
  position: number | null;
  total: number;
  /** The pairs in this image that the list is of. */
  sought: readonly Highlight[];
}

const NONE: readonly Highlight[] = [];

/** Which images come before and after this one in the whole list; what comes next is fetched ahead. */
export function useImageSteps(
  jobId: number,
  epoch: number,
  imageId: number,
  { task, search }: Pick<ViewProps, "task" | "search">,
): ImageSteps {
  const client = useQueryClient();
  const filter = imageFilter(search, task);
  const query = useImageNeighbours(jobId, epoch, imageId, filter);
  const here = query.isPlaceholderData ? undefined : query.data;
  const next = here?.next ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is another object at every render
  useEffect(() => {
    if (next === null) return;
    void client.prefetchQuery(imageNeighboursOptions(jobId, epoch, next, filter));
    client.fetchQuery(resultImageOptions(jobId, epoch, next, filter.conf, filter.iou)).then(
      ({ url }) => {
        if (url) new Image().src = url;
      },
      () => undefined,
    );
  }, [client, jobId, epoch, next]);
  const index = query.data?.index ?? null;
  return {
    previous: here?.previous ?? null,
    next,
    position: index === null ? null : index + 1,
    total: query.data?.total ?? 0,
    sought: here?.highlights ?? NONE,
  };
}
