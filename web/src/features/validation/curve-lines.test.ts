import { expect, it } from "vitest";
import type { Curves, PerClassRow } from "../../api/types";
import { extremes, nearestScore, pointAt, styleOf } from "./curve-lines";

const scores = Array.from({ length: 101 }, (_, at) => at / 100);
const curves: Curves = {
  scores,
  precision: scores.map((score) => (score > 0.9 ? null : 0.5 + score / 2)),
  recall: scores.map((score) => 1 - score),
  f1: scores.map(() => 0.6),
  pr: { recall: scores, precision: scores.map(() => 1) },
  best_f1: { score: 0.4, value: 0.6 },
  iou: 0.5,
  class_id: null,
};
const line = { classId: null, name: "all", ...styleOf(0), curves };

it("reads the operating point at a step of the slider", () => {
  expect(pointAt(curves, 0.29)).toEqual({ precision: 0.645, recall: 0.71, f1: 0.6 });
  expect(pointAt(curves, 0.95).precision).toBeNull();
});

it("finds the score whose point is nearest to a click", () => {
  expect(nearestScore([line], 0.71, 0.645)).toBe(0.29);
  expect(nearestScore([line], 0, 1)).toBe(0.9);
  expect(nearestScore([], 0, 1)).toBeNull();
});

it("dashes lines whose colour another one has", () => {
  expect(styleOf(1)).toEqual({ color: "--series-1", dashed: false });
  expect(styleOf(7)).toEqual({ color: "--series-1", dashed: true });
});

it("names the worst and the best classes by AP, else by F1, and none that has neither", () => {
  const row = (class_id: number, fields: Partial<PerClassRow>) => ({ class_id, ...fields }) as PerClassRow;
  const byAp = [row(0, { ap50_95: 0.5 }), row(1, { ap50_95: 0.1 }), row(2, { ap50_95: null })];
  expect(extremes(byAp, 5, "worst")).toEqual({ ids: [1, 0], byAp: true });
  expect(extremes(byAp, 1, "best")).toEqual({ ids: [0], byAp: true });
  const byF1 = [row(0, { f1: 0.5 }), row(1, { best_f1: 0.9, f1: 0.2 })];
  expect(extremes(byF1, 5, "best")).toEqual({ ids: [1, 0], byAp: false });
});
