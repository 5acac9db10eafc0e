import { expect, it } from "vitest";
import type { MetricPoint, MetricSeries } from "../api/types";
import { axisOf, columnsOf, gapsOf, lastValue, positiveOnly, smooth, valueAt } from "./chart-data";
import type { ChartRun } from "./chart-runs";

const lines = (...all: [key: string, points: MetricPoint[]][]) => {
  const series = all.map(
    ([key, points]): MetricSeries => ({ key, category: "Other", points, total: points.length }),
  );
  const run: ChartRun = { id: "1", name: "one", bestEpoch: null, series, live: false, finer: null };
  return series.map((one) => ({ run, series: one }));
};

it("draws NaN and infinities as gaps", () => {
  const [line] = lines([
    "a",
    [
      [1, 1, 0, 0.5],
      [2, 2, 0, "NaN"],
      [3, 3, 0, "Infinity"],
    ],
  ]);
  expect(columnsOf(line ? [line] : [], "step").ys).toEqual([[0.5, null, null]]);
  expect(line && gapsOf(line.series)).toBe(2);
});

it("lets a line go on where only another series has a point, and reads its nearest value there", () => {
  const columns = columnsOf(
    lines(
      [
        "train/a",
        [
          [1, 1, 0, 1],
          [2, 2, 0, 2],
          [9, 9, 0, 3],
        ],
      ],
      ["val/a", [[2, 2, 0, 5]]],
    ),
    "step",
  );
  expect(columns.x).toEqual([1, 2, 9]);
  expect(columns.ys).toEqual([
    [1, 2, 3],
    [undefined, 5, undefined],
  ]);
  expect([0, 1, 2].map((at) => valueAt(columns, columns.ys[1] ?? [], at))).toEqual([5, 5, 5]);
});

it("stands by the axis that was chosen, but the system by time and what has no epochs by step", () => {
  expect(axisOf(lines(["a", [[3, 3, 0, 1]]]), "epoch")).toBe("epoch");
  expect(axisOf(lines(["a", [[250, 3, 0, 1]]]), "step")).toBe("step");
  expect(axisOf(lines(["a", [[3, null, 0, 1]]]), "epoch")).toBe("step");
  expect(axisOf(lines(["a", [[3, null, 0, 1]]]), "time")).toBe("time");
  expect(axisOf(lines(["system/cpu", [[3, 3, 0, 1]]]), "epoch")).toBe("time");
});

it("puts steps between the epochs that they belong to", () => {
  const byStep: MetricPoint[] = [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, Math.ceil(step / 4), 0, step]);
  const columns = columnsOf(
    lines(
      ["train/a", byStep],
      [
        "val/a",
        [
          [1, 1, 0, 0.5],
          [2, 2, 0, 0.4],
        ],
      ],
    ),
    "epoch",
  );
  expect(columns.x).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]);
  expect(columns.ys[1]?.[3]).toBe(0.5);
});

it("counts time from the beginning of each run", () => {
  const columns = columnsOf(
    lines([
      "a",
      [
        [1, 1, 5000, 1],
        [2, 2, 7500, 2],
      ],
    ]),
    "elapsed",
  );
  expect(columns.x).toEqual([0, 2.5]);
});

it("draws in order of time what was logged out of it", () => {
  const columns = columnsOf(
    lines([
      "a",
      [
        [1, 1, 3000, 1],
        [2, 2, 1000, 2],
      ],
    ]),
    "time",
  );
  expect(columns).toEqual({ x: [1, 3], ys: [[2, 1]] });
});

it("smooths without a bias at the start and keeps gaps", () => {
  const smoothed = smooth([2, null, 2, undefined, 2], 0.9);
  expect(smoothed[1]).toBeNull();
  expect(smoothed[3]).toBeUndefined();
  for (const at of [0, 2, 4]) expect(smoothed[at]).toBeCloseTo(2);
});

it("smooths as TensorBoard does", () => {
  // 0.6 * 0 + 0.4 * 1 = 0.4, over 1 - 0.6; then 0.6 * 0.4 + 0.4 * 3 = 1.44, over 1 - 0.36.
  const [first, second] = smooth([1, 3], 0.6);
  expect(first).toBeCloseTo(1);
  expect(second).toBeCloseTo(1.44 / 0.64);
});

it("leaves out of a log scale what isn't positive", () => {
  expect(positiveOnly([1, 0, -1, null, undefined])).toEqual([1, null, null, null, undefined]);
});

it("finds the last finite value", () => {
  expect(lastValue([1, 2, null, undefined])).toBe(2);
  expect(lastValue([null])).toBeNull();
});
