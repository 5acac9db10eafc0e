import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

/** Logs the browsers of these sessions out. */
export function useEndSessions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly number[]) => {
      for (const id of ids) await deleteJson<void>(`/auth/sessions/${id}`);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
}
