import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<void>("/auth/logout"),
    // What this person saw is nobody else's.
    onSuccess: () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
      return client.resetQueries({ queryKey: keys.me });
    },
  });
}
