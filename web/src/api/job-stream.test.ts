import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { Logs } from "./job-logs";
import { addToBatch, applyBatch, emptyBatch } from "./job-stream";
import { keys } from "./keys";
import type { Job, MetricsAnswer } from "./types";

const JOB = 4;
const point = (key: string, step: number) => ({
  key,
  category: "Other",
  step,
  epoch: step,
  time: 0,
  value: step / 10,
});

function clientWithData(): QueryClient {
  const client = new QueryClient();
  const metrics: MetricsAnswer = {
    series: [{ key: "a", category: "Other", points: [[1, 1, 0, 0.1]], total: 1 }],
    later: [],
  };
  client.setQueryData(keys.metrics(JOB), metrics);
  client.setQueryData<Logs>(keys.logs(JOB), { lines: [{ line: 1, time: 0, level: "info", text: "one" }] });
  client.setQueryData(keys.results(JOB), { items: [] });
  client.setQueryData([...keys.result(JOB, 3), "detail"], { epoch: 3 });
  client.setQueryData([...keys.result(JOB, 2), "detail"], { epoch: 2 });
  client.setQueryData(keys.artifacts(JOB), []);
  return client;
}

const stale = (client: QueryClient, key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;

it("brings points and lines of many events into the cache at once", () => {
  const client = clientWithData();
  const batch = emptyBatch();
  addToBatch(batch, "metrics", JSON.stringify({ points: [point("a", 2), point("new", 1)] }));
  addToBatch(batch, "metrics", JSON.stringify({ points: [point("a", 3)] }));
  addToBatch(batch, "log", JSON.stringify({ lines: [{ line: 2, time: 0, level: "info", text: "two" }] }));
  applyBatch(client, JOB, batch);
  const metrics = client.getQueryData<MetricsAnswer>(keys.metrics(JOB));
  expect(metrics?.series.map((one) => [one.key, one.points.length])).toEqual([
    ["a", 3],
    ["new", 1],
  ]);
  expect(client.getQueryData<Logs>(keys.logs(JOB))?.lines.map((line) => line.text)).toEqual(["one", "two"]);
});

it("asks again for the epoch that a validation event names, and for no other", () => {
  const client = clientWithData();
  const batch = emptyBatch();
  addToBatch(batch, "validation", JSON.stringify({ epoch: 3, evaluated: true, best_epoch: 3 }));
  applyBatch(client, JOB, batch);
  expect(stale(client, keys.results(JOB))).toBe(true);
  expect(stale(client, [...keys.result(JOB, 3), "detail"])).toBe(true);
  expect(stale(client, [...keys.result(JOB, 2), "detail"])).toBe(false);
  expect(stale(client, keys.metrics(JOB))).toBe(false);
});

it("asks again for everything after a reset and when the job ends", () => {
  const reset = clientWithData();
  const first = emptyBatch();
  addToBatch(first, "reset", "{}");
  applyBatch(reset, JOB, first);
  expect(stale(reset, keys.metrics(JOB))).toBe(true);
  expect(stale(reset, keys.artifacts(JOB))).toBe(true);

  const ended = clientWithData();
  ended.setQueryData(keys.jobDetail(JOB), { id: JOB, state: "running" } as Job);
  const last = emptyBatch();
  addToBatch(last, "job", JSON.stringify({ id: JOB, state: "completed" }));
  applyBatch(ended, JOB, last);
  expect(ended.getQueryData<Job>(keys.jobDetail(JOB))?.state).toBe("completed");
  expect(stale(ended, keys.metrics(JOB))).toBe(true);
});
