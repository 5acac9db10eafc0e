import { expect, it } from "vitest";
import type { Category, MetricPoint, MetricSeries } from "../api/types";
import { groupCharts } from "./chart-groups";
import type { ChartRun } from "./chart-runs";

const series = (key: string, category: string, points: MetricPoint[] = []): MetricSeries => ({
  key,
  category: category as Category,
  points,
  total: points.length,
});

const run = (id: string, ...all: MetricSeries[]): ChartRun => ({
  id,
  name: `run ${id}`,
  bestEpoch: null,
  series: all,
  live: false,
  finer: null,
});

it("puts training and validation of one quantity into one chart, validation dashed", () => {
  const [group] = groupCharts([
    run(
      "1",
      series("val/box_loss", "Training Loss"),
      series("train/box_loss", "Training Loss"),
      series("train/cls_loss", "Training Loss"),
    ),
  ]);
  expect(group?.charts.map((chart) => chart.id)).toEqual(["train/box_loss val/box_loss", "train/cls_loss"]);
  const [pair] = group?.charts ?? [];
  expect(pair?.title).toBe("box_loss");
  expect(pair?.lines.map((line) => [line.word, line.dash.length > 0])).toEqual([
    ["train", false],
    ["val", true],
  ]);
});

it("keeps a key of its own, words of train and val inside it included", () => {
  const groups = groupCharts([
    run("1", series("metrics/mAP50(B)", "Validation Metrics"), series("x/val/y", "Other")),
  ]);
  expect(groups.flatMap((group) => group.charts.map((chart) => chart.title))).toEqual([
    "metrics/mAP50(B)",
    "x/val/y",
  ]);
});

it("shows all learning rates together", () => {
  const [group] = groupCharts([
    run("1", series("lr/pg0", "Learning Rate"), series("lr/pg1", "Learning Rate")),
  ]);
  expect(group?.charts).toHaveLength(1);
  expect(group?.charts[0]?.title).toBe("lr");
});

it("lays runs over one another: a colour a run, which it keeps when another is hidden", () => {
  const runs = ["1", "2"].map((id) => run(id, series("val/a", "Other"), series("train/a", "Other")));
  const [chart] = groupCharts(runs)[0]?.charts ?? [];
  expect(
    chart?.lines.map((line) => [line.run.id, line.series.key, line.color, line.dash.length > 0]),
  ).toEqual([
    ["1", "train/a", "--series-1", false],
    ["1", "val/a", "--series-1", true],
    ["2", "train/a", "--series-2", false],
    ["2", "val/a", "--series-2", true],
  ]);
  const [left] = groupCharts(runs, undefined, new Set(["1"]))[0]?.charts ?? [];
  expect(left?.lines.map((line) => line.color)).toEqual(["--series-2", "--series-2"]);
  expect(groupCharts(runs, undefined, new Set(["1", "2"]))).toEqual([]);
});

it("pairs keys of different runs as if they were one's", () => {
  const [group] = groupCharts([run("1", series("loss", "Other")), run("2", series("val_loss", "Other"))]);
  expect(group?.charts).toHaveLength(1);
});

it("orders the categories as the design says and lets unknown ones follow", () => {
  const groups = groupCharts([
    run(
      "1",
      series("z", "Surprise"),
      series("a", "Other"),
      series("system/cpu", "System"),
      series("lr", "Learning Rate"),
      series("loss", "Training Loss"),
      series("metrics/a", "Validation Metrics"),
    ),
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
  const valued = (key: string, value: number | "NaN"): MetricSeries =>
    series(key, "Validation Metrics", [[1, 1, 0, value]]);
  const [group] = groupCharts(
    [
      run(
        "1",
        valued("snellen/AR-large", "NaN"),
        valued("metrics/mAP50(B)", 0.5),
        valued("snellen/mAP50-95", 0.3),
      ),
    ],
    { name: "mAP50-95", source: "computed", direction: "max" },
  );
  expect(group?.charts.map((chart) => chart.title)).toEqual([
    "snellen/mAP50-95",
    "metrics/mAP50(B)",
    "snellen/AR-large",
  ]);
});
