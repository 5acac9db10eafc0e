import { expect, it } from "vitest";
import type { MetricPoint, MetricSeries } from "../api/types";
import { axisOf, columnsOf, lastValue, positiveOnly, smooth } from "./chart-data";

const series = (key: string, points: MetricPoint[]): MetricSeries => ({ key, category: "Other", points });

it("draws NaN and infinities as gaps", () => {
  const columns = columnsOf([
    series("a", [
      [1, 1, 0, 0.5],
      [2, 2, 0, "NaN"],
      [3, 3, 0, "Infinity"],
    ]),
  ]);
  expect(columns.ys).toEqual([[0.5, null, null]]);
});

it("lets a line go on where only another series has a point", () => {
  const columns = columnsOf([
    series("train/a", [
      [1, 1, 0, 1],
      [2, 2, 0, 2],
    ]),
    series("val/a", [[2, 2, 0, 5]]),
  ]);
  expect(columns.x).toEqual([1, 2]);
  expect(columns.ys).toEqual([
    [1, 2],
    [undefined, 5],
  ]);
});

it("takes epochs as axis only where every point is one epoch's", () => {
  expect(axisOf([series("a", [[3, 3, 0, 1]])])).toBe("epoch");
  expect(axisOf([series("a", [[250, 3, 0, 1]])])).toBe("step");
  expect(axisOf([series("a", [[3, null, 0, 1]])])).toBe("step");
  expect(axisOf([series("system/cpu", [[3, 3, 0, 1]])])).toBe("time");
});

it("smooths without a bias at the start and keeps gaps", () => {
  const smoothed = smooth([2, null, 2, undefined, 2], 0.9);
  expect(smoothed[1]).toBeNull();
  expect(smoothed[3]).toBeUndefined();
  for (const at of [0, 2, 4]) expect(smoothed[at]).toBeCloseTo(2);
});

it("leaves out of a log scale what isn't positive", () => {
  expect(positiveOnly([1, 0, -1, null, undefined])).toEqual([1, null, null, null, undefined]);
});

it("finds the last finite value", () => {
  expect(lastValue([1, 2, null, undefined])).toBe(2);
  expect(lastValue([null])).toBeNull();
});
