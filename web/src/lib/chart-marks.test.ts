import { expect, it } from "vitest";
import type { MetricPoint, MetricSeries } from "../api/types";
import { epochAt, placeOfEpoch } from "./chart-marks";
import type { ChartRun } from "./chart-runs";

const MINUTE = 60_000;
const series = (key: string, points: MetricPoint[]): MetricSeries => ({
  key,
  category: "Other",
  points,
  total: points.length,
});
/** 10 steps an epoch; the validation of epoch n comes after n minutes. */
const all = [
  series(
    "train/a",
    Array.from({ length: 30 }, (_, at) => [at + 1, Math.ceil((at + 1) / 10), (at * MINUTE) / 10, 1]),
  ),
  series(
    "val/a",
    [1, 2, 3].map((epoch) => [epoch, epoch, epoch * MINUTE, 1]),
  ),
  series(
    "noEpochs",
    [5, 15, 25].map((step) => [step, null, (step * MINUTE) / 10, 1]),
  ),
];
const run: ChartRun = { id: "1", name: "one", bestEpoch: 2, series: all, live: false, finer: null };
const lines = all.map((one) => ({ run, series: one }));
const [byStep, byEpoch, without] = lines as [(typeof lines)[0], (typeof lines)[0], (typeof lines)[0]];

it("finds the place of an epoch on every axis", () => {
  expect(placeOfEpoch(byEpoch, 2, "epoch")).toBe(2);
  expect(placeOfEpoch(byStep, 2, "step")).toBe(20);
  expect(placeOfEpoch(byEpoch, 2, "step")).toBe(2);
  // Where the line's own last point of the epoch is, though the validation comes after it.
  expect(placeOfEpoch(byStep, 2, "time")).toBe(114);
  expect(placeOfEpoch(byStep, 2, "elapsed")).toBe(114);
  expect(placeOfEpoch(byEpoch, 2, "time")).toBe(120);
  expect(placeOfEpoch(without, 2, "time")).toBe(120);
  expect(placeOfEpoch(without, 2, "step")).toBe(25);
});

it("finds the epoch of a place on every axis, and no other than there are", () => {
  expect(epochAt([byStep], 17.4, "step")).toBe(2);
  expect(epochAt([byEpoch], 2.3, "epoch")).toBe(2);
  expect(epochAt([byStep], 110, "time")).toBe(2);
  expect(epochAt([without], 14, "step")).toBe(2);
  expect(epochAt([byStep], 500, "step")).toBe(3);
  expect(epochAt([byEpoch], -4, "epoch")).toBe(1);
});

it("says so where a run has no epochs", () => {
  const bare = { ...run, series: [series("a", [[1, null, 0, 1]])] };
  const line = { run: bare, series: bare.series[0] as MetricSeries };
  expect(placeOfEpoch(line, 1, "step")).toBeNull();
  expect(epochAt([line], 1, "step")).toBeNull();
});
