import { MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { keys } from "../api/keys";
import { theme, variables } from "./theme";

const MOST_RETRIES = 2;

export function createQueryClient(): QueryClient {
  // Whatever answers 401 makes the app ask who is there, which shows the login.
  const onError = (error: unknown, key?: readonly unknown[]) => {
    if (error instanceof ApiError && error.code === "unreachable" && key?.[0] !== keys.health[0]) {
      void client.invalidateQueries({ queryKey: keys.health });
    }
    if (error instanceof ApiError && error.status === 401 && key?.[0] !== keys.me[0]) {
      void client.resetQueries({ queryKey: keys.me });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query.queryKey) }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => onError(error, mutation.options.mutationKey),
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // A server on this machine or in this house is there without the internet; without it a page says so.
        networkMode: "always",
        retry: (failures, error) =>
          failures < MOST_RETRIES &&
          !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: (failures) => Math.min(1000 * 2 ** failures, 10_000),
      },
    },
  });
  return client;
}

export function Providers({ client, children }: { client: QueryClient; children: ReactNode }) {
  return (
    <QueryClientProvider client={client}>
      <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={variables}>
        {children}
      </MantineProvider>
    </QueryClientProvider>
  );
}
