import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { TokenList } from "./types";

export const listTokensOptions = () =>
  queryOptions({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => getJson<TokenList>("/auth/tokens", {}, signal),
  });

export const useListTokens = () => useQuery(listTokensOptions());
