import { expect, it } from "vitest";
import { parseCell, parseLines, readValidationSearch, snapIou } from "./validation-search";

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
    rank: "large",
    at: "10,20,30,40",
    order: "near",
    worst: 20,
    against: 3,
    lines: "4,0",
    by: "-ap50_95",
    beta: "0.5",
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
    rank: "score",
    at: "1,2",
    order: "odd",
    worst: 1,
    against: 0,
    lines: "4,x",
    by: "<b>",
    beta: 3,
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

it("reads the classes of lines, each once and not too many; one alone arrives as a number", () => {
  expect(parseLines("4,0,4")).toEqual([4, 0]);
  expect(parseLines(7)).toEqual([7]);
  expect(parseLines("1,2,3,4,5,6,7,8,9")).toHaveLength(8);
  expect(parseLines("")).toEqual([]);
  expect(readValidationSearch({ lines: 3, beta: 2 })).toEqual({ lines: "3", beta: "2" });
});
