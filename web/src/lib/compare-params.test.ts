import { expect, it } from "vitest";
import { paramRows, textOf } from "./compare-params";

const given = (values: Record<string, unknown>) => ({ values: new Map(Object.entries(values)) });

it("tells what differs, also where one lacks a parameter", () => {
  const rows = paramRows([given({ lr0: 0.01, batch: 16, cos_lr: true }), given({ lr0: 0.02, batch: 16 })]);
  expect(rows).toEqual([
    { name: "lr0", values: ["0.01", "0.02"], differs: true },
    { name: "batch", values: ["16", "16"], differs: false },
    { name: "cos_lr", values: ["true", null], differs: true },
  ]);
});

it("finds nested values equal whatever their order", () => {
  const [row] = paramRows([given({ a: { x: 1, y: [2, null] } }), given({ a: { y: [2, null], x: 1 } })]);
  expect(row?.differs).toBe(false);
  expect(textOf({ gpus: 0, cpus: null })).toBe("gpus 0");
});

it("has nothing to say of nothing", () => {
  expect(paramRows([])).toEqual([]);
});
