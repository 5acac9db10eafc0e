import { expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration, formatMetric, formatShare, toNumber } from "./format";

it("reads the numbers that JSON has no word for", () => {
  expect(toNumber("NaN")).toBeNaN();
  expect(toNumber("Infinity")).toBe(Number.POSITIVE_INFINITY);
  expect(toNumber("-Infinity")).toBe(Number.NEGATIVE_INFINITY);
  expect(toNumber(null)).toBeNull();
  expect(toNumber(0.5)).toBe(0.5);
});

it("writes a metric with the digits that matter", () => {
  expect(formatMetric(0.41234)).toBe("0.4123");
  expect(formatMetric(12.3456)).toBe("12.35");
  expect(formatMetric(-3)).toBe("−3");
  expect(formatMetric(0.00001234)).toBe("1.23e−5");
  expect(formatMetric("NaN")).toBe("NaN");
  expect(formatMetric("-Infinity")).toBe("−∞");
  expect(formatMetric(null)).toBe("–");
});

it("writes a share in three digits and says when there is none", () => {
  expect(formatShare(0.98765)).toBe("0.988");
  expect(formatShare(null)).toBe("–");
  expect(formatShare("NaN")).toBe("NaN");
});

it("writes durations in the two largest units", () => {
  expect(formatDuration(59_400)).toBe("59 s");
  expect(formatDuration(61_000)).toBe("1 min 1 s");
  expect(formatDuration(3_661_000)).toBe("1 h 1 min");
  expect(formatDuration(90_000_000)).toBe("1 d 1 h");
  expect(formatDuration(-5)).toBe("0 s");
});

it("says how long ago, and the date when it is long ago", () => {
  expect(formatAgo(1000, 2000)).toBe("just now");
  expect(formatAgo(0, 120_000)).toBe("2 min ago");
  expect(formatAgo(0, 7_200_000)).toBe("2 h ago");
  expect(formatAgo(0, 1e9)).toContain("1970");
});

it("writes sizes in powers of ten", () => {
  expect(formatBytes(999)).toBe("999 B");
  expect(formatBytes(5_431_231)).toBe("5.4 MB");
});
