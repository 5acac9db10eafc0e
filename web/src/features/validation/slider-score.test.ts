import { expect, it } from "vitest";
import { sliderScore } from "./slider-score";

it("never leaves out the prediction whose score is asked for", () => {
  expect(sliderScore(0.418)).toBe(0.41);
  expect(sliderScore(0.999)).toBe(0.99);
  expect(sliderScore(0)).toBe(0);
});

it("knows a step in single precision", () => {
  expect(sliderScore(Math.fround(0.41))).toBe(0.41);
  expect(sliderScore(Math.fround(0.29))).toBe(0.29);
});
