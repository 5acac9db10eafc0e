import { expect, it } from "vitest";
import type { ChartSpec } from "../../lib/chart-groups";
import { telling } from "./telling-charts";

const spec = (key: string): ChartSpec => ({ id: key, title: key, quantity: key, keys: [key], lines: [] });
const groups = [
  { category: "Validation Metrics", charts: [spec("recall"), spec("mAP")] },
  { category: "Training Loss", charts: ["box", "cls", "dfl", "seg"].map(spec) },
  { category: "System", charts: [spec("cpu")] },
];
const told = (...pins: string[]) => telling(groups, "mAP", new Set(pins)).map((one) => one.id);

it("tells the primary metric and the first losses", () => {
  expect(told()).toEqual(["mAP", "box", "cls", "dfl"]);
});

it("adds all that is pinned, and nothing twice", () => {
  expect(told("cpu", "mAP", "seg", "gone")).toEqual(["mAP", "box", "cls", "dfl", "seg", "cpu"]);
});
