import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { KeypointAccuracy } from "./types";

/** `fraction`: of the object's size; within it a keypoint is at the right place. */
export const resultKeypointsOptions = (id: number, epoch: number, conf: number, fraction: number) =>
  queryOptions({
    queryKey: [...keys.result(id, epoch), "keypoints", conf, fraction],
    queryFn: ({ signal }) =>
      getJson<KeypointAccuracy>(
        `/validation/jobs/${id}/results/${epoch}/keypoints`,
        { conf, fraction },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useResultKeypoints = (
  id: number,
  epoch: number,
  conf: number,
  fraction: number,
  enabled: boolean,
) => useQuery({ ...resultKeypointsOptions(id, epoch, conf, fraction), enabled });
