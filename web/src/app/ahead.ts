/** Data that a page will ask for, on their way while its scripts still are. */
import type { FetchQueryOptions, QueryKey } from "@tanstack/react-query";
import { getHealthOptions } from "../api/get-health";
import { getMeOptions } from "../api/get-me";
import { createQueryClient } from "./providers";

export const client = createQueryClient();

/** Who looks, and at which server: every page asks for both. */
export function askWho(): void {
  void client.prefetchQuery(getHealthOptions());
  void client.prefetchQuery(getMeOptions());
}

/** Something of a job; asked once it is known that somebody is there. The page itself tells what went wrong. */
export function askOf<TData, TKey extends QueryKey>(
  jobId: number,
  options: (jobId: number) => FetchQueryOptions<TData, Error, TData, TKey>,
): void {
  if (!Number.isInteger(jobId) || jobId < 1) return;
  client.ensureQueryData(getMeOptions()).then(
    () => client.prefetchQuery(options(jobId)),
    () => undefined,
  );
}
