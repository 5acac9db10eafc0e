import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

interface What {
  /** Hash of the one snapshot to delete; null: the whole dataset. */
  snapshot: string | null;
  /** Also if jobs depend on it. */
  force: boolean;
}

export function useDeleteDataset(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ snapshot, force }: What) =>
      deleteJson<void>(snapshot === null ? `/datasets/${id}` : `/datasets/${id}/snapshots/${snapshot}`, {
        force,
      }),
    onSuccess: async (_, { snapshot }) => {
      await client.invalidateQueries({ queryKey: keys.datasets });
      if (snapshot === null) client.removeQueries({ queryKey: keys.datasetAll(id) });
      else await client.invalidateQueries({ queryKey: keys.dataset(id) });
    },
  });
}
