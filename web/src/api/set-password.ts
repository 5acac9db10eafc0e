import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

/** Sets the password of the account that a setup link is for. */
export function useSetPassword() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.me,
    mutationFn: (body: { code: string; password: string }) => postJson<void>("/auth/password/setup", body),
    onSuccess: () => client.resetQueries(),
  });
}
