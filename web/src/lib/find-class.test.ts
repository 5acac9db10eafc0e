import { expect, it } from "vitest";
import { findClass } from "./find-class";

const names = ["polar cat", "caterpillar", "cat", "dog"];

it("takes the exact name before one that begins so, and that before one that has it in it", () => {
  expect(findClass(names, " Cat ")).toBe(2);
  expect(findClass(names, "cate")).toBe(1);
  expect(findClass(names, "lar c")).toBe(0);
  expect(findClass(names, "cow")).toBeNull();
  expect(findClass(names, " ")).toBeNull();
});
