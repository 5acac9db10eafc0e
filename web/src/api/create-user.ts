import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { SetupLink, User, UserCreate } from "./types";

export interface NewUser {
  user: User;
  link: SetupLink;
}

/** Makes an account, and the link with which its owner chooses a password. */
export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: UserCreate): Promise<NewUser> => {
      const user = await postJson<User>("/users", body);
      return { user, link: await postJson<SetupLink>(`/users/${user.id}/setup-link`) };
    },
    // Also where the account was made and the link was not.
    onSettled: () => client.invalidateQueries({ queryKey: keys.users }),
  });
}
