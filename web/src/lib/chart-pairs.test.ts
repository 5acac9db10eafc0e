import { describe, expect, it } from "vitest";
import { partsOf, quantitiesOf } from "./chart-pairs";

const charts = (...keys: string[]): string[][] =>
  quantitiesOf(keys).map(({ parts }) => parts.map((part) => part.key).sort());

describe("keys of one quantity share a chart", () => {
  it.each([
    ["Ultralytics", ["train/box_loss", "val/box_loss"]],
    ["Keras", ["loss", "val_loss"]],
    ["Keras, of metrics", ["accuracy", "val_accuracy"]],
    ["plain scripts", ["train_loss", "val_loss", "test_loss"]],
    ["long words", ["training_loss", "validation_loss"]],
    ["Hugging Face", ["eval/loss", "train/loss"]],
    ["Hugging Face, raw", ["eval_loss", "loss"]],
    ["tensorboard", ["Loss/train", "Loss/val"]],
    ["suffixes", ["iou_train", "iou_valid"]],
    ["camel case", ["trainLoss", "valLoss"]],
    ["words and blanks", ["Test Accuracy", "Train Accuracy"]],
    ["below a folder", ["metrics/train/iou", "metrics/val/iou"]],
    ["inside a folder", ["metrics/train_iou", "metrics/val_iou"]],
    ["Lightning", ["train_loss_epoch", "train_loss_step", "val_loss"]],
    ["mixed ways of writing", ["train_loss", "val/loss"]],
    ["fastai", ["train_loss", "valid_loss"]],
    ["learning rates", ["lr/pg0", "lr/pg1", "lr/pg2"]],
  ])("%s", (_framework, keys) => {
    expect(charts(...keys)).toEqual([[...keys].sort()]);
  });
});

describe("keys that only look alike stay apart", () => {
  it.each([
    [["value_loss", "loss"]],
    [["evaluator_loss", "loss"]],
    [["trainable_parameters", "parameters"]],
    [["train/box_loss", "val/cls_loss"]],
    [["train/loss", "val/loss/box"]],
    [["train_time", "time"]],
    [["interval", "val"]],
    [["train/a", "train/b"]],
    [["loss_step", "val_step"]],
    [["metrics/mAP50(B)", "metrics/mAP50-95(B)"]],
    [["x/val/y", "y"]],
  ])("%j", (keys) => {
    expect(charts(...keys)).toHaveLength(keys.length);
  });

  it("a second way of writing does not join a pair that is whole", () => {
    expect(charts("train/loss", "val/loss", "val_loss")).toEqual([["train/loss", "val/loss"], ["val_loss"]]);
  });
});

it("knows which data a key is of", () => {
  expect(["train/x", "eval_x", "x_test", "x"].map((key) => partsOf(key).split)).toEqual([
    "train",
    "val",
    "test",
    null,
  ]);
});
