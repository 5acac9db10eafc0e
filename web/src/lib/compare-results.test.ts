import { expect, it } from "vitest";
import type { Job, PerClassRow } from "../api/types";
import { compareClasses, compareValues, figuresOf, obstaclesOf } from "./compare-results";

it("marks the best by direction and says from where to where", () => {
  const higher = compareValues([0.5, 0.75, null, "NaN"], 0, true);
  expect(higher.map((one) => one.best)).toEqual([false, true, false, false]);
  expect(higher[1]).toEqual({ value: 0.75, difference: 0.25, best: true, better: true });
  expect(higher[3]).toEqual({ value: null, difference: null, best: false, better: null });
  const lower = compareValues([0.5, 0.75], 1, false);
  expect(lower[0]).toEqual({ value: 0.5, difference: -0.25, best: true, better: true });
  expect(lower[1]?.best).toBe(false);
});

it("marks nothing where all are the same", () => {
  expect(compareValues([1, 1], 0, true).map((one) => one.best)).toEqual([false, false]);
  expect(compareValues([1, 1], 0, true)[1]?.better).toBeNull();
  expect(compareValues([null, null], 0, true).every((one) => one.value === null)).toBe(true);
});

const job = (task: string, dataset: string | null, snapshot: string | null, metric = "mAP50-95") =>
  ({
    task,
    dataset: dataset === null ? null : { id: 1, name: dataset, snapshot, class_names: [] },
    primary_metric: { name: metric, source: "computed", direction: "max" },
  }) as unknown as Job;

it("says why numbers can't be compared", () => {
  expect(obstaclesOf([job("detection", "a", "1"), job("detection", "a", "1")])).toEqual([]);
  expect(obstaclesOf([job("detection", "a", "1"), job("detection", "a", "2")])).toEqual(["snapshot"]);
  expect(obstaclesOf([job("detection", "a", "1"), job("pose", "b", "2", "OKS")])).toEqual([
    "task",
    "dataset",
    "metric",
  ]);
  expect(obstaclesOf([job("detection", null, null), job("detection", "a", "2")])).toEqual(["dataset"]);
});

const row = (class_id: number, class_name: string, f1: number | null): PerClassRow =>
  ({ class_id, class_name, truths: class_id + 1, f1, ap50_95: null }) as unknown as PerClassRow;

it("sets classes side by side by their names", () => {
  const jobs = [[row(0, "cat", 0.5), row(1, "dog", 0.25)], [row(0, "dog", 0.75)]];
  expect(figuresOf(jobs)).toEqual(["f1"]);
  const [cat, dog] = compareClasses(jobs, "f1", 0);
  expect(cat?.cells.map((one) => one.value)).toEqual([0.5, null]);
  expect(dog?.cells[1]).toEqual({ value: 0.75, difference: 0.5, best: true, better: true });
  expect(dog?.truths).toBe(2);
});
