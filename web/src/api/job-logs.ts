import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { LogLine, LogPage } from "./types";

export const MAX_LINES = 5000;
const TAIL = 500;

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

/** The lines before `first`, at most a page of them. */
export async function earlierLines(id: number, first: number): Promise<LogLine[]> {
  const after = Math.max(0, first - TAIL - 1);
  const page = await getJson<LogPage>(`/training/jobs/${id}/logs`, { after, limit: TAIL });
  return page.items.filter((line) => line.line < first);
}

/** One list without doubles. At most {@link MAX_LINES}: the oldest go first, unless they were just asked for. */
export function mergeLines(
  old: readonly LogLine[],
  fresh: readonly LogLine[],
  keep: "newest" | "oldest" = "newest",
): LogLine[] {
  const last = old[old.length - 1];
  const appended = last === undefined || fresh.every((line) => line.line > last.line);
  const all = appended ? [...old, ...fresh] : sortedUnion(old, fresh);
  return keep === "newest" ? all.slice(-MAX_LINES) : all.slice(0, MAX_LINES);
}

function sortedUnion(old: readonly LogLine[], fresh: readonly LogLine[]): LogLine[] {
  const byLine = new Map<number, LogLine>();
  for (const line of old) byLine.set(line.line, line);
  for (const line of fresh) byLine.set(line.line, line);
  return [...byLine.values()].sort((a, b) => a.line - b.line);
}
