import { expect, it } from "vitest";
import type { HistoryRow, ResultRow } from "../../api/types";
import { historyLines } from "./history-lines";

const items = [1, 2, 5].map((epoch) => ({ epoch }) as ResultRow);
const row = (epoch: number, tp: number, more: Partial<HistoryRow> = {}): HistoryRow => ({
  epoch,
  tp,
  fp: 1,
  fn: 4 - tp,
  mean_iou: null,
  pred: null,
  score: null,
  true_score: null,
  true_rank: null,
  object: null,
  ...more,
});

it("draws counts over the places of the slider, the largest at the top", () => {
  const lines = historyLines(items, [row(1, 0), row(2, 2), row(5, 4)], "detection", false);
  expect(lines.map((line) => line.kind)).toEqual(["fp", "fn", "tp"]);
  expect(lines[2]?.path).toBe("M0 94L50 50L100 6");
  expect(lines[1]?.path).toBe("M0 6L50 50L100 94");
});

it("leaves out an epoch that isn't on the slider, and draws one alone as a dash", () => {
  expect(historyLines(items, [row(3, 1), row(2, 4)], "detection", false)[2]?.path).toBe("M49 6h2");
});

it("follows an object by overlap and by score, which is nothing while the class is another", () => {
  const then = (outcome: "tp" | "fn", iou: number | null, score: number | null) => ({
    object: { outcome, iou, score, pred: null },
  });
  const rows = [
    row(1, 0, then("fn", null, null)),
    row(2, 0, then("fn", 0.5, 0.9)),
    row(5, 1, then("tp", 1, 0.5)),
  ];
  const [iou, score] = historyLines(items, rows, "detection", true);
  expect(iou?.path).toBe("M0 94L50 50L100 6");
  expect(score?.path).toBe("M0 94L50 94L100 50");
});

it("shows how a classifier comes to believe in the true class", () => {
  const rows = [row(1, 0, { true_score: null }), row(5, 1, { true_score: 1 })];
  expect(historyLines(items, rows, "classification", false)).toEqual([
    { kind: "score", path: "M0 94L100 6" },
  ]);
});
