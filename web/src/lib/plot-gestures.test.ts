import { expect, it } from "vitest";
import { withinData, zoomedRange } from "./plot-gestures";

const XS = [0, 10, 100];

it("zooms around a place, which stays where it is", () => {
  const [from, to] = zoomedRange([0, 100], 25, 0.5);
  expect([from, to]).toEqual([12.5, 62.5]);
  expect((25 - from) / (to - from)).toBe(0.25);
});

it("goes no further than the data, and shows everything rather than more", () => {
  expect(withinData(XS, [-20, 20])).toEqual([0, 40]);
  expect(withinData(XS, [90, 130])).toEqual([60, 100]);
  expect(withinData(XS, [20, 30])).toEqual([20, 30]);
  expect(withinData(XS, [-1, 101])).toBeNull();
  expect(withinData([], [0, 1])).toBeNull();
});
