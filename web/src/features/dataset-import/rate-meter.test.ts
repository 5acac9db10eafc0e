import { expect, it } from "vitest";
import { RateMeter } from "./rate-meter";

it("tells units a second over the last four seconds", () => {
  const meter = new RateMeter();
  expect(meter.add(0, 0)).toBeNull();
  expect(meter.add(100, 1000)).toBe(100);
  expect(meter.add(200, 2000)).toBe(100);
  meter.add(200, 5000);
  expect(meter.add(200, 6500)).toBe(0);
});

it("starts anew when the count falls", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  expect(meter.add(500, 1000)).toBe(500);
  expect(meter.add(100, 1500)).toBeNull();
  expect(meter.add(200, 2500)).toBe(100);
});
