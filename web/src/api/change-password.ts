import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

/** Changes one's own password; every other session of the account ends. */
export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { current: string; new: string }) => postJson<void>("/auth/password", body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
}
