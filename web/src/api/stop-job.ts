import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Job } from "./types";

/** Stops a job with its epoch, or `now`, with its batch. */
export function useStopJob(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (now: boolean) => postJson<Job>(`/training/jobs/${id}/stop`, { now }),
    onSuccess: (job) => client.setQueryData(keys.jobDetail(id), job),
  });
}
