import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { UserPage } from "./types";

export const listUsersOptions = () =>
  infiniteQueryOptions({
    queryKey: keys.users,
    queryFn: ({ pageParam, signal }) => getJson<UserPage>("/users", { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const useListUsers = () => useInfiniteQuery(listUsersOptions());
