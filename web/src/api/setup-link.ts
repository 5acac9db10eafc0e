import { useMutation } from "@tanstack/react-query";
import { postJson } from "./client";
import type { SetupLink } from "./types";

/** A new link with which a user chooses a password; it is told this once. */
export function useSetupLink(userId: number) {
  return useMutation({
    mutationFn: () => postJson<SetupLink>(`/users/${userId}/setup-link`),
  });
}
