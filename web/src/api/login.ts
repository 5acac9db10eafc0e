import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

export type Credentials = { token: string } | { name: string; password: string };

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.me,
    mutationFn: (credentials: Credentials) => postJson<void>("/auth/login", credentials),
    // Who comes may see other things than who was here before.
    onSuccess: () => client.resetQueries(),
  });
}
