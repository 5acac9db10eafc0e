import { expect, it } from "vitest";
import { binShapes } from "./reliability-bins";

const bins = [
  { from: 0, to: 0.5, count: 4, score: 0.25, precision: 0.5 },
  { from: 0.5, to: 1, count: 16, score: 0.75, precision: 0.25 },
];

it("shows how far what was right is from what the scores promised", () => {
  const [low, high] = binShapes(bins);
  expect(low).toMatchObject({ left: 0, width: 50, precision: 50, gap: { low: 25, high: 50, over: false } });
  expect(high?.gap).toEqual({ low: 25, high: 75, over: true });
});

it("keeps bins of few predictions visible", () => {
  expect(binShapes(bins).map((shape) => shape.filled)).toEqual([50, 100]);
});

it("draws nothing where no prediction is", () => {
  const [empty] = binShapes([{ from: 0, to: 0.1, count: 0, score: null, precision: null }]);
  expect(empty).toMatchObject({ precision: null, gap: null, filled: 0 });
});
