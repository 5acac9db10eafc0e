import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Sweep } from "./types";

/** Stops a sweep, or goes on with it. */
export function useSweepAction(id: number, action: "stop" | "resume") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<Sweep>(`/training/sweeps/${id}/${action}`, {}),
    onSuccess: (sweep) => {
      client.setQueryData(keys.sweep(id), sweep);
      void client.invalidateQueries({ queryKey: keys.sweeps });
    },
  });
}
