import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { MemberList } from "./types";

export const listMembersOptions = (projectId: number) =>
  queryOptions({
    queryKey: keys.members(projectId),
    queryFn: ({ signal }) => getJson<MemberList>(`/projects/${projectId}/members`, {}, signal),
  });

export const useListMembers = (projectId: number) => useQuery(listMembersOptions(projectId));
