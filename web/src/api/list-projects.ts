import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { ProjectList } from "./types";

export const listProjectsOptions = () =>
  queryOptions({
    queryKey: keys.projects,
    queryFn: ({ signal }) => getJson<ProjectList>("/projects", {}, signal),
  });

export const useListProjects = () => useQuery(listProjectsOptions());
