import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteJson } from "./client";
import { keys } from "./keys";

interface What {
  /** Hash of the one snapshot to delete; null: the whole dataset. */
  snapshot: string | null;
  /** Also if jobs depend on it. */
  force: boolean;
}

/** `leave` takes the page away from what is no more, before that is asked for again. */
export function useDeleteDataset(id: number, leave: () => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ snapshot, force }: What) =>
      deleteJson<void>(snapshot === null ? `/datasets/${id}` : `/datasets/${id}/snapshots/${snapshot}`, {
        force,
      }),
    onSuccess: async (_, { snapshot }) => {
      await leave();
      if (snapshot === null) client.removeQueries({ queryKey: keys.datasetAll(id) });
      else await client.invalidateQueries({ queryKey: keys.dataset(id) });
      await client.invalidateQueries({ queryKey: keys.datasets });
    },
  });
}
