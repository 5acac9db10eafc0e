import { useMutation, useQueryClient } from "@tanstack/react-query";
import { putJson } from "./client";
import { keys } from "./keys";
import type { Member, Role } from "./types";

interface Membership {
  userId: number;
  role: Role;
  /** Undefined: as the role has it. */
  run_code?: boolean;
}

/** Adds somebody to a project, or changes what they may do in it. */
export function usePutMember(projectId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ userId, ...body }: Membership) =>
      putJson<Member>(`/projects/${projectId}/members/${userId}`, body),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]),
  });
}
