import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

/** `leave` takes the page away from what is no more, before that is asked for again. */
export function useDeleteProject(id: number, leave: () => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => deleteJson<void>(`/projects/${id}`),
    onSuccess: async () => {
      await leave();
      client.removeQueries({ queryKey: keys.project(id) });
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]);
    },
  });
}
