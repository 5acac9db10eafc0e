import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => deleteJson<void>(`/auth/tokens/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
}
