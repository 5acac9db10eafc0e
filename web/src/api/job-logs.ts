import { queryOptions, useQuery } from "@tanstack/react-query";
import { apiPath, getJson } from "./client";
import { keys } from "./keys";
import type { LogLine, LogPage } from "./types";

export const MAX_LINES = 5000;
export const TAIL = 500;

export interface Logs {
  /** By rising line number, without doubles. */
  lines: LogLine[];
}

export const jobLogsOptions = (id: number) =>
  queryOptions({
    queryKey: keys.logs(id),
    queryFn: async ({ signal, client }): Promise<Logs> => {
      const page = await getJson<LogPage>(`/training/jobs/${id}/logs`, { tail: TAIL }, signal);
      const held = client.getQueryData<Logs>(keys.logs(id))?.lines ?? [];
      const last = held[held.length - 1];
      const first = page.items[0];
      // Held lines stay, unless there would be a hole between them and the tail.
      const joined = last === undefined || first === undefined || first.line <= last.line + 1;
      return { lines: joined ? mergeLines(held, page.items) : page.items };
    },
    structuralSharing: false,
    staleTime: 30_000,
  });

export const useJobLogs = (id: number) => useQuery(jobLogsOptions(id));

export type Level = NonNullable<LogFilter["level"]>;

export interface LogFilter {
  /** From this level on. */
  level?: "info" | "warning" | "error";
  limit?: number;
}

/** Lines that end before one, follow one, or are the last. */
export const logLines = (
  id: number,
  query: LogFilter & ({ before: number } | { after: number } | { tail: number }),
) => getJson<LogPage>(`/training/jobs/${id}/logs`, { ...query });

export const logDownload = (id: number): string => apiPath(`/training/jobs/${id}/logs/download`);

/** One list without doubles. At most {@link MAX_LINES}: the oldest go first. */
export function mergeLines(old: readonly LogLine[], fresh: readonly LogLine[]): LogLine[] {
  const last = old[old.length - 1];
  const appended = last === undefined || fresh.every((line) => line.line > last.line);
  const all = appended ? [...old, ...fresh] : sortedUnion(old, fresh);
  return all.slice(-MAX_LINES);
}

function sortedUnion(old: readonly LogLine[], fresh: readonly LogLine[]): LogLine[] {
  const byLine = new Map<number, LogLine>();
  for (const line of old) byLine.set(line.line, line);
  for (const line of fresh) byLine.set(line.line, line);
  return [...byLine.values()].sort((a, b) => a.line - b.line);
}
