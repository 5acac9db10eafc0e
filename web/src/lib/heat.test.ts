import { expect, it } from "vitest";
import { formatSide, largestOf, peakOf, shade, sumOf } from "./heat";

const counts = [
  [0, 4],
  [16, 16],
];

it("finds the largest, where it is first, and the sum", () => {
  expect(largestOf(counts)).toBe(16);
  expect(peakOf(counts)).toEqual([1, 0]);
  expect(sumOf(counts)).toBe(36);
  expect(largestOf([[0]])).toBe(0);
});

it("shades by the square root", () => {
  expect(shade(4, 16)).toBe(0.5);
  expect(shade(0, 0)).toBe(0);
});

it("rounds shares as far as they matter", () => {
  expect([0, 0.004, 0.0333, 0.5, 1].map(formatSide)).toEqual(["0%", "0.4%", "3.3%", "50%", "100%"]);
});
