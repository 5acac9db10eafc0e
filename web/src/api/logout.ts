import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => postJson<void>("/auth/logout"),
    onSuccess: () => client.resetQueries({ queryKey: keys.me }),
  });
}
