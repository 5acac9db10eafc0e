import { expect, it } from "vitest";
import type { LogLine } from "../../api/types";
import { type Held, isOfLevel, MOST_HELD, withEarlier, withLater } from "./held-lines";

const lines = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ line: from + at, time: 0, level: "info", text: "" }));
const ends = ({ lines, start, end }: Held) => [lines[0]?.line, lines[lines.length - 1]?.line, start, end];

it("grows at both ends, without doubles, and knows when it has all", () => {
  const held: Held = { lines: lines(100, 200), start: false, end: true };
  expect(ends(withEarlier(held, lines(50, 120)))).toEqual([50, 200, false, true]);
  expect(ends(withEarlier(held, lines(1, 99)))).toEqual([1, 200, true, true]);
  expect(ends(withEarlier(held, []))).toEqual([100, 200, true, true]);
  expect(ends(withLater(held, lines(190, 210), true))).toEqual([100, 210, false, true]);
  expect(withLater(held, lines(150, 200), true)).toBe(held);
});

it("stays bounded: what is farthest from where it grows goes", () => {
  const held: Held = { lines: lines(5000, 5000 + MOST_HELD - 1), start: false, end: true };
  expect(ends(withEarlier(held, lines(4990, 4999)))).toEqual([4990, 4990 + MOST_HELD - 1, false, false]);
  const from = { ...held, start: true };
  expect(ends(withLater(from, lines(5000 + MOST_HELD, 5009 + MOST_HELD), true))).toEqual([
    5010,
    5009 + MOST_HELD,
    false,
    true,
  ]);
});

it("tells levels apart as the server does", () => {
  const at = (level: string): LogLine => ({ line: 1, time: 0, level, text: "" });
  expect(isOfLevel(at("CRITICAL"), "error")).toBe(true);
  expect(isOfLevel(at("warn"), "warning")).toBe(true);
  expect(isOfLevel(at("info"), "warning")).toBe(false);
  expect(isOfLevel(at("debug"), undefined)).toBe(true);
});
