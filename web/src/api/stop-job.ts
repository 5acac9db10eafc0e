import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Job } from "./types";

export function useStopJob(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<Job>(`/training/jobs/${id}/stop`),
    onSuccess: (job) => client.setQueryData(keys.jobDetail(id), job),
  });
}
