import { expect, it } from "vitest";
import { around, parseRegion, regionText } from "./region";

it("reads what it writes, in whole pixels, and nothing else", () => {
  expect(parseRegion(regionText({ x: -1.6, y: 20.2, w: 30, h: 0.2 }))).toEqual({ x: -2, y: 20, w: 30, h: 1 });
  for (const text of ["", "1,2,3", "1,2,3,0", "a,2,3,4", "1,2,3,4,5", null, 5]) {
    expect(parseRegion(text)).toBeNull();
  }
});

it("puts one box around several", () => {
  const boxes = [
    { x: 10, y: 20, w: 30, h: 5 },
    { x: 5, y: 22, w: 10, h: 40 },
  ];
  expect(around(boxes)).toEqual({ x: 5, y: 20, w: 35, h: 42 });
});
