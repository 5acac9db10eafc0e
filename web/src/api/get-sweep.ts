import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { keys } from "./keys";
import type { Sweep } from "./types";

/** While trials run; one that is stopped may have some that finish their epoch. */
const EVERY_MS = 2000;
const ENDED_MS = 15_000;

export const getSweepOptions = (id: number) =>
  queryOptions({
    queryKey: keys.sweep(id),
    queryFn: ({ signal }) => getJson<Sweep>(`/training/sweeps/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? ENDED_MS : EVERY_MS),
  });

export const useSweep = (id: number) => useQuery(getSweepOptions(id));

export const isOver = (sweep: Sweep): boolean =>
  sweep.state !== "running" && sweep.counts.running + sweep.counts.waiting + sweep.counts.lost === 0;
