import { expect, it } from "vitest";
import type { PerClassRow } from "../../api/types";
import { classTable, matching, readOrder, sortRows } from "./per-class-columns";

const row = (class_id: number, fields: Partial<PerClassRow>): PerClassRow => ({
  class_id,
  class_name: `class ${class_id}`,
  truths: 4,
  predictions: 3,
  tp: 2,
  fp: 1,
  fn: 2,
  precision: null,
  recall: null,
  f1: null,
  ap50: null,
  ap50_95: null,
  ...fields,
});

it("has the columns that some row holds", () => {
  expect(classTable([row(0, {})], null).shares).toEqual(["precision", "recall", "f1"]);
  const table = classTable([row(0, {}), row(1, {})], [row(0, {}), row(1, { ap50: 0.5, ap50_95: 0.25 })]);
  expect(table.shares).toEqual(["precision", "recall", "f1", "ap50", "ap50_95"]);
  expect(table.hasAp).toBe(true);
});

it("takes rates at the thresholds and average precision from the epoch", () => {
  const at = [row(0, { precision: 0.75, tp: 3 })];
  const ofEpoch = [row(0, { precision: 0.5, ap50: 0.9 })];
  const [only] = classTable(at, ofEpoch).rows;
  expect(only).toMatchObject({ tp: 3, shares: { precision: 0.75, ap50: 0.9 } });
});

it("sorts by any column, what has no value last", () => {
  const { rows } = classTable([row(0, { f1: 0.2 }), row(1, {}), row(2, { f1: 0.7 })], null);
  const ids = (down: boolean) => sortRows(rows, "f1", down).map((one) => one.class_id);
  expect(ids(true)).toEqual([2, 0, 1]);
  expect(ids(false)).toEqual([0, 2, 1]);
});

it("sorts names as people do", () => {
  const named = [row(0, { class_name: "b10" }), row(1, { class_name: "B9" }), row(2, { class_name: "a" })];
  const { rows } = classTable(named, null);
  expect(sortRows(rows, "name", false).map((one) => one.class_id)).toEqual([2, 1, 0]);
});

it("reads the order from the address, the classes' own where it asks for none that there is", () => {
  expect(readOrder("-f1")).toEqual({ by: "f1", down: true });
  expect(readOrder("name")).toEqual({ by: "name", down: false });
  expect(readOrder("-nothing")).toEqual({ by: "class", down: false });
  expect(readOrder(undefined)).toEqual({ by: "class", down: false });
});

it("finds classes by any part of their name", () => {
  const { rows } = classTable([row(0, { class_name: "Traffic light" }), row(1, {})], null);
  expect(matching(rows, " LIGHT ").map((one) => one.class_id)).toEqual([0]);
  expect(matching(rows, "")).toHaveLength(2);
});
