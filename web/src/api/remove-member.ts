import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

export function useRemoveMember(projectId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (userId: number) => deleteJson<void>(`/projects/${projectId}/members/${userId}`),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]),
  });
}
