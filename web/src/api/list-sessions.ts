import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { SessionList } from "./types";

export const listSessionsOptions = () =>
  queryOptions({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => getJson<SessionList>("/auth/sessions", {}, signal),
  });

export const useListSessions = () => useQuery(listSessionsOptions());
