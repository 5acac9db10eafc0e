import { type UseQueryResult, useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys } from "../../api/keys";
import { useResultImages } from "../../api/result-images";
import type { ResultRow } from "../../api/types";
import type { ValidationSearch } from "../../lib/validation-search";
import { epochQueries } from "./epoch-queries";
import { canExplore, imageFilter } from "./view-state";

/** How many epochs' answers are kept: a step back is at once there, and an hour of epochs doesn't fill the memory. */
const KEEP_EPOCHS = 10;
const PREFETCH_MS = 60;

/**
 * The epoch that is drawn: the wanted one as soon as everything of it is here, until then the one before. So nothing
 * is half of one epoch and half of another. Requests of epochs that were passed over are cancelled.
 */
export function useDrawnEpoch(
  jobId: number,
  rows: readonly ResultRow[],
  wanted: ResultRow | null,
  search: ValidationSearch,
): ResultRow | null {
  const [drawn, setDrawn] = useState(wanted?.epoch ?? null);
  const asked = wanted ?? rows[0];
  const ready = useReady(jobId, asked, search);
  if (wanted === null) {
    if (drawn !== null) setDrawn(null);
  } else if (wanted.epoch !== drawn && (ready || drawn === null)) {
    setDrawn(wanted.epoch);
  }
  usePrefetch(jobId, rows, drawn, ready, search);
  useForget(jobId, drawn);
  return rows.find((row) => row.epoch === drawn) ?? null;
}

function useReady(jobId: number, row: ResultRow | undefined, search: ValidationSearch): boolean {
  const explore = row !== undefined && canExplore(row);
  const ready = useQueries({
    queries: row ? epochQueries(jobId, row, search) : [],
    combine: (all) => all.every(isThere),
  });
  const filter = imageFilter(search, row?.task_type ?? "detection");
  const images = useResultImages(jobId, row?.epoch ?? 0, filter, 0, explore);
  return ready && (!explore || isThere(images));
}

/** An error is an answer too: its panel says so. */
const isThere = (query: Pick<UseQueryResult, "isPending" | "isPlaceholderData">): boolean =>
  !query.isPending && !query.isPlaceholderData;

/** Whoever steps on will step on again: the next epoch in the same direction is asked for ahead. */
function usePrefetch(
  jobId: number,
  rows: readonly ResultRow[],
  drawn: number | null,
  ready: boolean,
  search: ValidationSearch,
): void {
  const client = useQueryClient();
  const before = useRef(drawn);
  const latest = useRef({ rows, search });
  latest.current = { rows, search };
  useEffect(() => {
    if (!ready || drawn === null || before.current === null) return;
    const direction = Math.sign(drawn - before.current);
    if (direction === 0) return;
    const timer = setTimeout(() => {
      before.current = drawn;
      const { rows, search } = latest.current;
      const next = rows[rows.findIndex((row) => row.epoch === drawn) + direction];
      if (next)
        for (const query of epochQueries(jobId, next, search)) void client.prefetchQuery(query as never);
    }, PREFETCH_MS);
    return () => clearTimeout(timer);
  }, [client, jobId, drawn, ready]);
}

/** Drops the answers of all epochs but the last few that were drawn. */
function useForget(jobId: number, drawn: number | null): void {
  const client = useQueryClient();
  const visited = useRef<number[]>([]);
  useEffect(() => {
    if (drawn === null) return;
    visited.current = [drawn, ...visited.current.filter((epoch) => epoch !== drawn)].slice(0, KEEP_EPOCHS);
    const kept = new Set(visited.current);
    const [head, id, kind] = keys.result(jobId, drawn);
    client.removeQueries({
      type: "inactive",
      predicate: ({ queryKey: key, state }) =>
        key[0] === head &&
        key[1] === id &&
        key[2] === kind &&
        state.fetchStatus === "idle" &&
        !kept.has(key[3] as number) &&
        // Answers asked for ahead are a moment old.
        Date.now() - state.dataUpdatedAt > 5000,
    });
  }, [client, jobId, drawn]);
}
