import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patchJson } from "./client";
import type { Project } from "./types";

export function useRenameProject(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => patchJson<Project>(`/projects/${id}`, { name }),
    // Jobs and datasets carry the name too.
    onSuccess: () => client.invalidateQueries(),
  });
}
