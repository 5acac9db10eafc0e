import { expect, it } from "vitest";
import { parseCell, readValidationSearch, snapIou } from "./validation-search";

it("keeps what is well formed", () => {
  const raw = {
    epoch: 12,
    conf: 0.3,
    iou: 0.5,
    cell: "3-8",
    image: 7,
    show: "rows",
    class: 0,
    outcome: "fn",
    error: "Bkg",
    sort: "iou",
    size: "small",
    split: "val",
    text: "street/",
    view: "objects",
    order: "large",
    at: "10,20,30,40",
  };
  expect(readValidationSearch(raw)).toEqual(raw);
  expect(readValidationSearch({ epoch: "best" })).toEqual({ epoch: "best" });
  // An address turns a number into one, though it may be part of a path.
  expect(readValidationSearch({ text: 12 })).toEqual({ text: "12" });
});

it("drops what a mistyped address holds", () => {
  const raw = {
    epoch: 0,
    conf: 7,
    iou: "abc",
    cell: "3-x",
    image: -1,
    show: "x",
    outcome: "tn",
    error: "bkg",
    sort: 1,
    size: "tiny",
    split: {},
    text: "",
    view: "images",
    order: "score",
    at: "1,2",
    other: 1,
  };
  expect(readValidationSearch(raw)).toEqual({});
  expect(readValidationSearch({ epoch: 1.5, conf: "", iou: Number.NaN })).toEqual({});
});

it("snaps the IoU to the steps that the server has", () => {
  expect(snapIou(0.52)).toBe(0.5);
  expect(snapIou(0.93)).toBe(0.95);
  expect(readValidationSearch({ iou: 0.33 })).toEqual({ iou: 0.35 });
});

it("reads a cell as two indices", () => {
  expect(parseCell("10-3")).toEqual([10, 3]);
  expect(parseCell(undefined)).toBeNull();
  expect(parseCell("1-2-3")).toBeNull();
});
