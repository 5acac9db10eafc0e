import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { NewToken, TokenCreate } from "./types";

/** The answer holds the token itself, this once. */
export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: TokenCreate) => postJson<NewToken>("/auth/tokens", body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
}
