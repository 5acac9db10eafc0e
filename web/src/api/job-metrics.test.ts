import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { jobMetricsOptions } from "./job-metrics";
import { applyBatch, emptyBatch } from "./job-stream";
import { keys } from "./keys";
import { forgetPoints } from "./live-points";
import type { MetricSeries, MetricsAnswer } from "./types";

const JOB = 7;
const NAMES = Array.from({ length: 60 }, (_, at) => `key ${at}`);
const one = (key: string, count: number): MetricSeries => ({
  key,
  category: "Other",
  points: Array.from({ length: count }, (_, at) => [at, null, 0, at]),
  total: count,
});

/** A server of 60 keys; what was asked of it, and something that happens before its second answer. */
function serving(between: () => void = () => undefined, names: readonly string[] = NAMES): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const query = new URLSearchParams(url.split("?")[1]);
    asked.push(query);
    if (asked.length === 2) between();
    const named = query.getAll("key");
    const wanted = named.length > 0 ? named : [...names];
    const first = Number(query.get("first") ?? wanted.length);
    const answer: MetricsAnswer = {
      series: wanted.map((key, at) => one(key, at < first ? 2 : 0)),
      later: wanted.slice(first),
    };
    return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
  });
  return asked;
}

afterEach(() => {
  forgetPoints(JOB);
  vi.unstubAllGlobals();
});

it("shows the first keys at once and fills in the others, each with as many points as all have together", async () => {
  const client = new QueryClient();
  const asked = serving();
  const steps: number[] = [];
  client.getQueryCache().subscribe(() => {
    const shown = client.getQueryData<MetricsAnswer>(keys.metrics(JOB));
    const filled = shown?.series.filter(({ points }) => points.length > 0).length ?? 0;
    if (filled !== steps[steps.length - 1]) steps.push(filled);
  });
  const found = await client.fetchQuery(jobMetricsOptions(JOB));
  expect(steps).toEqual([0, 24, 48, 60]);
  expect(found.later).toEqual([]);
  expect(found.series.map(({ key }) => key)).toEqual(NAMES);
  expect(asked.map((query) => query.get("max_points"))).toEqual(["2000", "250", "250"]);
});

it("asks for no more keys at once than an address has room for", async () => {
  const client = new QueryClient();
  const long = Array.from({ length: 60 }, (_, at) => `${"길".repeat(290)} ${at}`);
  const asked = serving(() => undefined, long);
  const found = await client.fetchQuery(jobMetricsOptions(JOB));
  expect(found.series.every(({ points }) => points.length > 0)).toBe(true);
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.every((query) => query.toString().length < 8000)).toBe(true);
});

it("keeps what the stream brought while the others were on their way", async () => {
  const client = new QueryClient();
  serving(() => {
    const value = { category: "Other" as const, step: 9, epoch: null, time: 0, value: 9 };
    const points = [
      { ...value, key: "key 1" },
      { ...value, key: "key 30" },
    ];
    applyBatch(client, JOB, { ...emptyBatch(), points });
  });
  const found = await client.fetchQuery(jobMetricsOptions(JOB));
  const stepsOf = (key: string) =>
    found.series.find((each) => each.key === key)?.points.map(([step]) => step);
  expect(stepsOf("key 1")).toEqual([0, 1, 9]);
  expect(stepsOf("key 30")).toEqual([0, 1, 9]);
});

it("asks for all at once where they are shown already: nothing of them may vanish meanwhile", async () => {
  const client = new QueryClient();
  const asked = serving();
  await client.fetchQuery(jobMetricsOptions(JOB));
  asked.length = 0;
  await client.fetchQuery({ ...jobMetricsOptions(JOB), staleTime: 0 });
  expect(asked.map((query) => query.get("first"))).toEqual([null]);
});
