/** A job's live events, put into the query cache in batches. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { apiPath } from "./client";
import { type Logs, mergeLines } from "./job-logs";
import { MAX_POINTS, MAX_POINTS_HELD } from "./job-metrics";
import { hasEnded } from "./job-states";
import { keys } from "./keys";
import { forgetPoints, longest, mergePoints, pointsOf, rememberPoints } from "./live-points";
import type { Job, LivePoint, LogLine, MetricsAnswer } from "./types";

export type StreamState = "off" | "connecting" | "open" | "waiting";

const FLUSH_MS = 250;
/** Not at once: the first answers, which people wait for, go first. */
const LOOK_AGAIN_MS = 1000;
const RETRY_MS = [1000, 2000, 5000, 10_000] as const;
const EVENTS = ["job", "metrics", "validation", "log", "artifact", "reset"] as const;
type EventName = (typeof EVENTS)[number];

interface Batch {
  job: Job | null;
  points: LivePoint[];
  lines: LogLine[];
  epochs: Set<number>;
  artifacts: boolean;
  reset: boolean;
}

export const emptyBatch = (): Batch => ({
  job: null,
  points: [],
  lines: [],
  epochs: new Set(),
  artifacts: false,
  reset: false,
});

/** Follows a job while `enabled`; says how the connection is. */
export function useJobStream(jobId: number, enabled: boolean): StreamState {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>("off");
  useEffect(() => {
    if (!enabled) {
      setState("off");
      return;
    }
    return followJob(client, jobId, setState);
  }, [client, jobId, enabled]);
  return state;
}

/** Connect, and connect again whenever it breaks, until the returned function is called. */
export function followJob(
  client: QueryClient,
  jobId: number,
  tell: (state: StreamState) => void,
): () => void {
  let source: EventSource | null = null;
  let lastId = "";
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lookAgain: ReturnType<typeof setTimeout> | undefined;
  let flushing: ReturnType<typeof setTimeout> | undefined;
  let batch = emptyBatch();

  const flush = () => {
    flushing = undefined;
    const full = batch;
    batch = emptyBatch();
    applyBatch(client, jobId, full);
  };

  const take = (name: EventName, event: MessageEvent<string>) => {
    if (event.lastEventId) lastId = event.lastEventId;
    addToBatch(batch, name, event.data);
    flushing ??= setTimeout(flush, FLUSH_MS);
  };

  const connect = () => {
    if (failures === 0) tell("connecting");
    source = new EventSource(apiPath(`/training/jobs/${jobId}/stream`, { after: lastId || null }));
    source.onopen = () => {
      failures = 0;
      tell("open");
      // Between the first answers and the first connection something may have happened.
      if (!lastId) lookAgain = setTimeout(() => refresh(client, jobId), LOOK_AGAIN_MS);
    };
    source.onerror = () => {
      // The browser reconnects by itself unless the server refused.
      tell("waiting");
      if (source?.readyState !== EventSource.CLOSED) return;
      source.close();
      retry = setTimeout(connect, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
      void client.invalidateQueries({ queryKey: keys.jobDetail(jobId) });
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => take(name, event as MessageEvent<string>));
    }
  };

  connect();
  return () => {
    clearTimeout(retry);
    clearTimeout(lookAgain);
    clearTimeout(flushing);
    source?.close();
    flush();
    forgetPoints(jobId);
  };
}

function refresh(client: QueryClient, jobId: number): void {
  const told = [keys.jobDetail, keys.metrics, keys.logs, keys.results, keys.artifacts];
  for (const key of told) {
    void client.invalidateQueries({ queryKey: key(jobId) }, { cancelRefetch: false });
  }
}

export function addToBatch(batch: Batch, name: EventName, text: string): void {
  const data = JSON.parse(text) as never;
  if (name === "job") batch.job = data as Job;
  else if (name === "metrics") batch.points.push(...(data as { points: LivePoint[] }).points);
  else if (name === "log") batch.lines.push(...(data as { lines: LogLine[] }).lines);
  else if (name === "validation") batch.epochs.add((data as { epoch: number }).epoch);
  else if (name === "artifact") batch.artifacts = true;
  else batch.reset = true;
}

export function applyBatch(client: QueryClient, jobId: number, batch: Batch): void {
  if (batch.reset) {
    void client.invalidateQueries({ queryKey: keys.job(jobId) });
    return;
  }
  if (batch.job) {
    const before = client.getQueryData<Job>(keys.jobDetail(jobId));
    client.setQueryData<Job>(keys.jobDetail(jobId), batch.job);
    // The stream is about to be closed: one last look at everything.
    if (before && !hasEnded(before.state) && hasEnded(batch.job.state)) {
      void client.invalidateQueries({ queryKey: keys.job(jobId) });
    }
  }
  if (batch.points.length > 0) applyPoints(client, jobId, batch.points);
  if (batch.lines.length > 0) {
    const asked = client.isFetching({ queryKey: keys.logs(jobId) }) > 0;
    client.setQueryData<Logs>(keys.logs(jobId), (old) =>
      old || asked ? { lines: mergeLines(old?.lines ?? [], batch.lines) } : old,
    );
  }
  if (batch.epochs.size > 0) void client.invalidateQueries({ queryKey: keys.results(jobId) });
  for (const epoch of batch.epochs) void client.invalidateQueries({ queryKey: keys.result(jobId, epoch) });
  if (batch.artifacts) void client.invalidateQueries({ queryKey: keys.artifacts(jobId) });
}

function applyPoints(client: QueryClient, jobId: number, points: LivePoint[]): void {
  rememberPoints(jobId, points);
  const merged = client.setQueryData<MetricsAnswer>(keys.metrics(jobId), (old) =>
    old ? mergePoints(old, points) : old,
  );
  // Long enough: ask again for a thinned answer instead of growing for ever.
  const long = merged && (longest(merged) > 2 * MAX_POINTS || pointsOf(merged) > MAX_POINTS_HELD);
  if (long && !client.isFetching({ queryKey: keys.metrics(jobId) })) {
    void client.invalidateQueries({ queryKey: keys.metrics(jobId) });
  }
}
