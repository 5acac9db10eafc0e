import { expect, it } from "vitest";
import type { ResultList, ResultRow } from "../../api/types";
import { atText, choose, chooseEpoch, imageFilter, isChosen, objectFilter, thresholdsOf } from "./view-state";

const row = (epoch: number, evaluated = true): ResultRow => ({
  epoch,
  primary_metric_value: epoch / 10,
  metrics: {},
  computed: null,
  overall_loss: null,
  evaluated,
  evaluation_error: null,
  has_predictions: true,
  predictions: { state: "stored", reason: null, at: null },
  task_type: "detection",
  created_at: 0,
});

const results = (items: ResultRow[], best: number | null): ResultList => ({
  items,
  best_epoch: best,
  primary_metric: { name: "mAP50-95", direction: "max", source: "computed" },
  next_cursor: null,
});

it("follows the newest epoch of a live job and shows the best of a finished one", () => {
  const some = results([row(1), row(2), row(3)], 2);
  expect(chooseEpoch(some, undefined, true)).toMatchObject({ epoch: 3, following: true });
  expect(chooseEpoch(some, undefined, false)).toMatchObject({ epoch: 2, following: false });
  expect(chooseEpoch(some, 1, true)).toMatchObject({ epoch: 1, following: false });
});

it("waits with an epoch whose evaluation is still on its way", () => {
  expect(chooseEpoch(results([row(1), row(2, false)], 1), "latest", true)?.epoch).toBe(1);
  expect(chooseEpoch(results([row(1, false)], null), "latest", true)?.epoch).toBe(1);
});

it("says when there is no such epoch and when there is none at all", () => {
  expect(chooseEpoch(results([row(1)], 1), 9, false)).toMatchObject({ epoch: 9, row: null });
  expect(chooseEpoch(results([], null), undefined, true)).toBeNull();
});

it("asks for the images of a cell, else of a class and an outcome", () => {
  expect(imageFilter({ cell: "3-8", conf: 0.4 }, "detection")).toEqual({
    true: 3,
    pred: 8,
    conf: 0.4,
    iou: 0.5,
    sort: "worst",
  });
  expect(imageFilter({ class: 1, outcome: "fn" }, "pose")).toMatchObject({
    class: 1,
    outcome: "fn",
    conf: 0.25,
  });
  expect(imageFilter({ error: "Loc", sort: "iou" }, "detection")).toEqual({
    error: "Loc",
    conf: 0.25,
    iou: 0.5,
    sort: "iou",
  });
  expect(imageFilter({ error: "Loc", iou: 0.1 }, "detection").iou).toBe(0.15);
});

it("lets every predicted class count, however unsure, and every box from a score on", () => {
  expect(thresholdsOf({}, "classification")).toEqual({ conf: 0, iou: 0.5 });
  expect(thresholdsOf({}, "segmentation")).toEqual({ conf: 0.25, iou: 0.5 });
  expect(thresholdsOf({ conf: 0.6, iou: 0.7 }, "pose")).toEqual({ conf: 0.6, iou: 0.7 });
});

it("names the thresholds as the task has them", () => {
  const at = { conf: 0.25, iou: 0.5 };
  expect(atText(at, "segmentation")).toBe("score ≥ 0.25, IoU ≥ 0.50");
  expect(atText(at, "pose")).toBe("score ≥ 0.25, OKS ≥ 0.50");
  expect(atText(at, "classification")).toBe("score ≥ 0.25");
});

it("shows what a number stands for and nothing but that", () => {
  const before = { cell: "1-2", size: "small", text: "a", view: "objects", at: "1,2,3,4" } as const;
  const after = { ...before, ...choose({ error: "Miss" }) };
  expect(Object.entries(after).filter(([, value]) => value !== undefined)).toEqual([["error", "Miss"]]);
});

it("knows whether pairs are chosen, or only images", () => {
  expect(isChosen({ error: "Miss" })).toBe(true);
  expect(isChosen({ size: "small" })).toBe(true);
  expect(isChosen({ class: 0 })).toBe(true);
  expect(isChosen({ conf: 0.3, image: 2, text: "a", split: "val" })).toBe(false);
});

it("asks for all that is in the address at once", () => {
  const search = { cell: "3-8", error: "Cls", size: "large", split: "val", text: "a/", iou: 0.1 } as const;
  expect(objectFilter(search, "detection")).toMatchObject({
    true: 3,
    pred: 8,
    error: "Cls",
    size: "large",
    split: "val",
    text: "a/",
    iou: 0.15,
    sort: "score",
  });
  // A picture that is classified as a whole has no object of a size.
  expect(imageFilter(search, "classification").size).toBeUndefined();
});
