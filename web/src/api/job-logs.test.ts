import { expect, it } from "vitest";
import { MAX_LINES, mergeLines } from "./job-logs";
import type { LogLine } from "./types";

const lines = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    line: from + at,
    time: 0,
    level: "info",
    text: `${from + at}`,
  }));
const numbers = (some: readonly LogLine[]) => some.map((line) => line.line);

it("appends what is new and holds no line twice", () => {
  expect(numbers(mergeLines(lines(1, 3), lines(4, 5)))).toEqual([1, 2, 3, 4, 5]);
  expect(numbers(mergeLines(lines(1, 3), lines(2, 4)))).toEqual([1, 2, 3, 4]);
});

it("stays bounded: the oldest lines go", () => {
  const merged = mergeLines(lines(11, MAX_LINES + 10), lines(MAX_LINES + 11, MAX_LINES + 15));
  expect(merged).toHaveLength(MAX_LINES);
  expect(merged[0]?.line).toBe(16);
});
