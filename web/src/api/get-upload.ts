import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { UploadState } from "./types";

export const getUploadOptions = (id: string) =>
  queryOptions({
    queryKey: keys.upload(id),
    queryFn: ({ signal }) => getJson<UploadState>(`/datasets/uploads/${id}`, {}, signal),
  });

export const useGetUpload = (id: string) => useQuery(getUploadOptions(id));
