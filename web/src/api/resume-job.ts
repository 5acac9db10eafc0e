import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Job } from "./types";

/** Queues an ended job again; it goes on from its newest whole checkpoint. */
export function useResumeJob(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<Job>(`/training/jobs/${id}/resume`),
    onSuccess: (job) => {
      client.setQueryData(keys.jobDetail(id), job);
      void client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}
