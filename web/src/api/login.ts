import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.me,
    mutationFn: (token: string) => postJson<void>("/auth/login", { token }),
    onSuccess: () => client.resetQueries(),
  });
}
