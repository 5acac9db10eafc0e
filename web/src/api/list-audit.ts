import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { AuditEntry, AuditPage } from "./types";

export interface AuditFilter {
  project?: number | undefined;
  /** Name of who did it. */
  user?: string | undefined;
  action?: string | undefined;
  /** Unix milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
}

const ONE_PAGE = 50;

export const listAuditOptions = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit, filter] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<AuditPage>("/audit", { ...filter, limit: ONE_PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });

export const useListAudit = (filter: AuditFilter) => useInfiniteQuery(listAuditOptions(filter));

const MOST_PAGES = 40;
const LARGE_PAGE = 500;

/** All entries that a filter leaves, newest first, up to 20,000. */
export async function readAudit(filter: AuditFilter): Promise<AuditEntry[]> {
  const all: AuditEntry[] = [];
  let cursor: string | null = null;
  for (let n = 0; n < MOST_PAGES; n++) {
    const page: AuditPage = await getJson("/audit", { ...filter, limit: LARGE_PAGE, cursor });
    all.push(...page.items);
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return all;
}
