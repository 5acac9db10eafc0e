import { expect, it } from "vitest";
import { forgetPoints, mergeLate, mergePoints, recentPoints, rememberPoints } from "./live-points";
import type { LivePoint, MetricsAnswer } from "./types";

const point = (key: string, step: number, value: number): LivePoint => ({
  key,
  category: "Other",
  step,
  epoch: step,
  time: 0,
  value,
});

const answer: MetricsAnswer = {
  series: [
    {
      key: "a",
      category: "Other",
      points: [
        [1, 1, 0, 1],
        [3, 3, 0, 3],
      ],
      total: 2,
    },
    { key: "b", category: "Other", points: [[1, 1, 0, 1]], total: 1 },
  ],
  later: [],
};

it("appends, inserts and replaces by step, and leaves other series as they are", () => {
  const merged = mergePoints(answer, [point("a", 4, 4), point("a", 2, 2), point("a", 3, 33)]);
  expect(merged.series[0]?.points.map(([step, , , value]) => [step, value])).toEqual([
    [1, 1],
    [2, 2],
    [3, 33],
    [4, 4],
  ]);
  expect(merged.series[1]).toBe(answer.series[1]);
  expect(answer.series[0]?.points).toHaveLength(2);
});

it("begins a series for a key never seen before", () => {
  const merged = mergePoints(answer, [point("new", 1, 9)]);
  expect(merged.series.map((one) => one.key)).toEqual(["a", "b", "new"]);
});

it("counts the points of a thinned series as far as it knows", () => {
  expect(mergePoints(answer, [point("a", 2, 2), point("a", 3, 33)]).series[0]?.total).toBe(3);
  const [a] = answer.series;
  const thinned: MetricsAnswer = { series: a ? [{ ...a, total: 100 }] : [], later: [] };
  // Step 2 may be among those that were left out; 4 can't be.
  expect(mergePoints(thinned, [point("a", 2, 2), point("a", 4, 4)]).series[0]?.total).toBe(101);
});

it("adds to a thinned answer only what lies behind its end: the rest was left out of it knowingly", () => {
  const [a, b] = answer.series;
  const thinned: MetricsAnswer = { series: a && b ? [{ ...a, total: 100 }, b] : [], later: [] };
  const points = [
    point("a", 2, 2),
    point("a", 3, 33),
    point("a", 4, 4),
    point("b", 0, 0),
    point("new", 1, 1),
  ];
  const merged = mergeLate(thinned, points);
  expect(merged.series.map((one) => one.points.map(([step, , , value]) => [step, value]))).toEqual([
    [
      [1, 1],
      [3, 33],
      [4, 4],
    ],
    [
      [0, 0],
      [1, 1],
    ],
    [[1, 1]],
  ]);
  expect(merged.series[0]?.total).toBe(101);
});

it("keeps a flood in order, and remembers only the last of it", () => {
  let merged: MetricsAnswer = { series: [], later: [] };
  for (let from = 0; from < 20_000; from += 200) {
    const batch = Array.from({ length: 200 }, (_, at) => point("flood", from + at, from + at));
    merged = mergePoints(merged, batch);
  }
  const [flood] = merged.series;
  expect(flood?.points).toHaveLength(20_000);
  expect(flood?.total).toBe(20_000);
  expect(flood?.points.every(([step], at) => step === at)).toBe(true);
  for (let n = 0; n < 30; n++)
    rememberPoints(
      8,
      Array.from({ length: 2000 }, (_, at) => point("x", at, at)),
      1,
    );
  expect(recentPoints(8, 0)).toHaveLength(20_000);
  forgetPoints(8);
});

it("gives the same answer back when nothing came", () => {
  expect(mergePoints(answer, [])).toBe(answer);
});

it("remembers points only as long as an answer may be on its way", () => {
  rememberPoints(7, [point("a", 1, 1)], 1_000_000);
  rememberPoints(7, [point("a", 2, 2)], 1_020_000);
  expect(recentPoints(7, 1_015_000).map((one) => one.step)).toEqual([2]);
  rememberPoints(7, [point("a", 3, 3)], 1_040_000);
  expect(recentPoints(7, 0).map((one) => one.step)).toEqual([2, 3]);
  forgetPoints(7);
  expect(recentPoints(7, 0)).toEqual([]);
});
