import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Job, ResourcesIn } from "./types";

export interface Resume {
  /** Another one than before. */
  launcher?: string;
  /** All that it has then. */
  resources?: ResourcesIn;
}

/** Queues an ended job again; it goes on from its newest whole checkpoint. */
export function useResumeJob(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (resume: Resume) => postJson<Job>(`/training/jobs/${id}/resume`, resume),
    onSuccess: (job) => {
      client.setQueryData(keys.jobDetail(id), job);
      void client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}
