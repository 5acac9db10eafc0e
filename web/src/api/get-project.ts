import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Project } from "./types";

export const getProjectOptions = (id: number) =>
  queryOptions({
    queryKey: keys.project(id),
    queryFn: ({ signal }) => getJson<Project>(`/projects/${id}`, {}, signal),
  });

export const useProject = (id: number) => useQuery(getProjectOptions(id));
