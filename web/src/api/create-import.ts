import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postJson } from "./client";
import { keys } from "./keys";
import type { Import, ImportCreate } from "./types";

export function useCreateImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ImportCreate) => postJson<Import>("/datasets", body),
    onSuccess: (made) => {
      client.setQueryData(keys.import(made.id), made);
      return client.invalidateQueries({ queryKey: keys.imports });
    },
  });
}
