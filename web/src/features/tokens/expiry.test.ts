import { expect, it } from "vitest";
import { expiryOf } from "./expiry";

const NOW = 1_800_000_000_000;
const DAY = 24 * 3600 * 1000;

it("tells what is over from what soon will be", () => {
  expect(expiryOf(NOW, NOW)).toBe("over");
  expect(expiryOf(NOW + 1, NOW)).toBe("soon");
  expect(expiryOf(NOW + 8 * DAY, NOW)).toBe("later");
});

it("knows tokens that don't end", () => {
  expect(expiryOf(null, NOW)).toBe("never");
});
