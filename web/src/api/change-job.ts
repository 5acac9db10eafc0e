import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patchJson } from "./client";
import { keys } from "./keys";
import type { Job, JobChange } from "./types";

/** Gives a job another name or other tags. */
export function useChangeJob(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: JobChange) => patchJson<Job>(`/training/jobs/${id}`, change),
    onSuccess: (job) => {
      client.setQueryData(keys.jobDetail(id), job);
      void client.invalidateQueries({ queryKey: keys.jobs });
      void client.invalidateQueries({ queryKey: keys.jobKinds });
    },
  });
}
