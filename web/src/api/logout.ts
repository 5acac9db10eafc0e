import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

/** `leave` goes where the next one is to begin. */
export function useLogout(leave: () => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<void>("/auth/logout"),
    // What this person saw is nobody else's.
    onSuccess: async () => {
      await leave();
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
      await client.resetQueries({ queryKey: keys.me });
    },
  });
}
