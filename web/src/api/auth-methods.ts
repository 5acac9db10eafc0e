import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { AuthMethods } from "./types";

/** How one can log in here; asked without being logged in. */
export const authMethodsOptions = () =>
  queryOptions({
    queryKey: keys.authMethods,
    queryFn: ({ signal }) => getJson<AuthMethods>("/auth/methods", {}, signal),
    staleTime: 60_000,
  });

export const useAuthMethods = () => useQuery(authMethodsOptions());
