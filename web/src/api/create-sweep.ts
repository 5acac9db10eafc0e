import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Sweep, SweepCreate } from "./types";

export function useCreateSweep() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SweepCreate) => postJson<Sweep>("/training/sweeps", body),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.sweeps }),
  });
}
