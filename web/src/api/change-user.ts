import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patchJson } from "./client";
import { keys } from "./keys";
import type { User } from "./types";

export type UserChange = Partial<Pick<User, "display_name" | "email" | "is_admin" | "disabled">>;

export function useChangeUser(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: UserChange) => patchJson<User>(`/users/${id}`, body),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.users }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]),
  });
}
