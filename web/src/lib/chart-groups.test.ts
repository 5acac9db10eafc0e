import { expect, it } from "vitest";
import type { Category, MetricSeries } from "../api/types";
import { groupCharts, isDashed } from "./chart-groups";

const series = (key: string, category: string): MetricSeries => ({
  key,
  category: category as Category,
  points: [],
});

it("puts training and validation of one quantity into one chart, validation dashed", () => {
  const [group] = groupCharts([
    series("val/box_loss", "Training Loss"),
    series("train/box_loss", "Training Loss"),
    series("train/cls_loss", "Training Loss"),
  ]);
  expect(group?.charts.map((chart) => chart.id)).toEqual(["train/box_loss val/box_loss", "train/cls_loss"]);
  const [pair] = group?.charts ?? [];
  expect(pair?.title).toBe("box_loss");
  expect(pair && isDashed("val/box_loss", pair)).toBe(true);
  expect(pair && isDashed("train/box_loss", pair)).toBe(false);
});

it("keeps a key of its own, words of train and val inside it included", () => {
  const groups = groupCharts([series("metrics/mAP50(B)", "Validation Metrics"), series("x/val/y", "Other")]);
  expect(groups.flatMap((group) => group.charts.map((chart) => chart.title))).toEqual([
    "metrics/mAP50(B)",
    "x/val/y",
  ]);
});

it("shows all learning rates together", () => {
  const [group] = groupCharts([series("lr/pg0", "Learning Rate"), series("lr/pg1", "Learning Rate")]);
  expect(group?.charts).toHaveLength(1);
  expect(group?.charts[0]?.title).toBe("lr");
});

it("orders the categories as the design says and lets unknown ones follow", () => {
  const groups = groupCharts([
    series("z", "Surprise"),
    series("a", "Other"),
    series("system/cpu", "System"),
    series("lr", "Learning Rate"),
    series("loss", "Training Loss"),
    series("metrics/a", "Validation Metrics"),
  ]);
  expect(groups.map((group) => group.category)).toEqual([
    "Validation Metrics",
    "Training Loss",
    "Learning Rate",
    "System",
    "Other",
    "Surprise",
  ]);
});

it("shows the primary metric first and what never had a value last", () => {
  const valued = (key: string, value: number | "NaN"): MetricSeries => ({
    ...series(key, "Validation Metrics"),
    points: [[1, 1, 0, value]],
  });
  const [group] = groupCharts(
    [valued("snellen/AR-large", "NaN"), valued("metrics/mAP50(B)", 0.5), valued("snellen/mAP50-95", 0.3)],
    { name: "mAP50-95", source: "computed", direction: "max" },
  );
  expect(group?.charts.map((chart) => chart.title)).toEqual([
    "snellen/mAP50-95",
    "metrics/mAP50(B)",
    "snellen/AR-large",
  ]);
});
