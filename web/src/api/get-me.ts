import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Me } from "./types";

export const getMeOptions = () =>
  queryOptions({
    queryKey: keys.me,
    queryFn: ({ signal }) => getJson<Me>("/auth/me", {}, signal),
    staleTime: 60_000,
  });

export const useMe = () => useQuery(getMeOptions());
