import { expect, it } from "vitest";
import type { ChartSpec } from "../../lib/chart-groups";
import { matching, searchOf } from "./chart-search";
import { withPinned } from "./use-pins";

const spec = (key: string): ChartSpec => ({ id: key, title: key, quantity: key, keys: [key], lines: [] });
const groups = [
  { category: "Other", charts: [spec("train/box_loss"), spec("fps")] },
  { category: "System", charts: [spec("system/cpu")] },
];
const found = (text: string) => {
  const { matches } = searchOf(text);
  return matches ? matching(groups, matches).flatMap((group) => group.charts.map((one) => one.id)) : null;
};

it("finds keys by a part of them, or by an expression between slashes", () => {
  expect(found("BOX")).toEqual(["train/box_loss"]);
  expect(found("/^fps$|cpu/")).toEqual(["fps", "system/cpu"]);
  // A slash alone is a part of keys.
  expect(found("/")).toEqual(["train/box_loss", "system/cpu"]);
  expect(found("  ")).toHaveLength(3);
});

it("says what is wrong with an expression", () => {
  expect(searchOf("/(/").problem).toContain("Unterminated group");
  expect(found("/(/")).toBeNull();
});

it("puts pinned charts on top, out of their group, and no empty group beside them", () => {
  const pinned = withPinned(groups, new Set(["system/cpu", "gone"]));
  expect(pinned.map((group) => [group.category, group.charts.map((one) => one.id)])).toEqual([
    ["Pinned", ["system/cpu"]],
    ["Other", ["train/box_loss", "fps"]],
  ]);
});
