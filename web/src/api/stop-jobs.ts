import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Job } from "./types";

/** Ends several jobs with their epochs; gives what went wrong with which. */
export function useStopJobs() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly number[]) => {
      const asked = await Promise.allSettled(
        ids.map((id) => postJson<Job>(`/training/jobs/${id}/stop`, { now: false })),
      );
      return asked.flatMap((one, at) =>
        one.status === "rejected" ? [{ id: ids[at] ?? 0, error: one.reason as Error }] : [],
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}
