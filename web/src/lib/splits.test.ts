import { expect, it } from "vitest";
import { splitsOf } from "./splits";

it("puts the usual splits first, in their usual order", () => {
  const order = splitsOf({ test: 1, extra: 2, val: 3, train: 4 }).map(([split]) => split);
  expect(order).toEqual(["train", "val", "test", "extra"]);
});
