import { expect, it } from "vitest";
import { labelRows } from "./label-rows";

const box = (x: number, y: number) => ({ x, y, w: 20, h: 20 });

it("stacks labels that would stand on the same corner", () => {
  expect(labelRows([box(10, 10), box(10.5, 10), box(60, 60), box(11, 11)], true, 100)).toEqual([0, 1, 0, 2]);
});

it("keeps labels of boxes apart in their first row", () => {
  expect(labelRows([box(10, 10), box(10, 40), box(50, 10)], false, 100)).toEqual([0, 0, 0]);
});
