import { expect, it } from "vitest";
import { readParams, readSpace } from "./sweep-space";

it("reads ranges and lists", () => {
  const { values, faults } = readSpace(
    "lr0=log:1e-4..1e-1\n\nimgsz = 128..320:32\nmomentum=0.6..0.98\nopt=SGD,AdamW\nflag=true,1,x",
  );
  expect(faults).toEqual([]);
  expect(values).toEqual({
    lr0: { type: "float", low: 1e-4, high: 1e-1, log: true },
    imgsz: { type: "int", low: 128, high: 320, step: 32 },
    momentum: { type: "float", low: 0.6, high: 0.98 },
    opt: { type: "choice", values: ["SGD", "AdamW"] },
    flag: { type: "choice", values: [true, 1, "x"] },
  });
});

it("tells the line of what it doesn't understand", () => {
  const { faults } = readSpace("lr0\na=1..x\nb=5\nc=1..2\nc=3..4\n=1..2");
  expect(faults.map(({ line, why }) => [line, why])).toEqual([
    [1, "expected"],
    [2, "expected"],
    [3, "expected"],
    [5, "twice"],
    [6, "expected"],
  ]);
});

it("reads fixed values", () => {
  expect(readParams('batch=16\nopt=adamw\ncommand=["python", "train.py"]').values).toEqual({
    batch: 16,
    opt: "adamw",
    command: ["python", "train.py"],
  });
  expect(readParams("batch").faults).toHaveLength(1);
});
