import { describe, expect, it } from "vitest";
import { faultOf, type JsonSchema, rangeOf } from "./json-schema";
import { commonOf, freeParam, kindOf, type Param, paramsOf, readParam, readParams, textOf } from "./params";

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["command"],
  properties: {
    lr0: { type: "number", minimum: 0, maximum: 1, default: 0.01 },
    imgsz: { type: "integer", minimum: 32, multipleOf: 32, default: 640 },
    amp: { enum: [true, false, "bf16"], default: true },
    cos_lr: { type: "boolean", default: false },
    time: { type: ["number", "null"], exclusiveMinimum: 0, default: null },
    device: { type: ["string", "integer", "null"], pattern: "^(cpu|\\d+)$", minimum: -1, default: null },
    classes: { type: ["array", "null"], items: { type: "integer", minimum: 0 }, default: null },
    batch: {
      type: "number",
      anyOf: [{ type: "integer", minimum: 1 }, { const: -1 }, { exclusiveMinimum: 0, exclusiveMaximum: 1 }],
      default: 16,
    },
    command: { type: "array", minItems: 1, items: { type: "string" } },
    policy: { type: ["string", "null"], default: null },
  },
};
const params = paramsOf(SCHEMA);
const param = (name: string): Param => params.find((one) => one.name === name) ?? freeParam(name);
const value = (name: string, text: string) => readParam(param(name), text).value;
const fault = (name: string, text: string) => readParam(param(name), text).fault;

describe("a trainer's hyperparameters", () => {
  it("have the fields of their types", () => {
    const kinds = Object.fromEntries(params.map(({ name, schema }) => [name, kindOf(schema)]));
    expect(kinds).toEqual({
      lr0: "number",
      imgsz: "number",
      amp: "choice",
      cos_lr: "choice",
      time: "number",
      device: "text",
      classes: "json",
      batch: "number",
      command: "json",
      policy: "text",
    });
  });

  it("are read as their schemas say", () => {
    expect(value("lr0", " 1e-3 ")).toBe(0.001);
    expect(value("amp", '"bf16"')).toBe("bf16");
    expect(value("cos_lr", "true")).toBe(true);
    expect(value("time", "")).toBeNull();
    expect(value("device", "0")).toBe(0);
    expect(value("device", "cpu")).toBe("cpu");
    expect(value("device", '"0"')).toBe("0");
    expect(value("classes", "[0, 2]")).toEqual([0, 2]);
    expect(value("batch", "0.5")).toBe(0.5);
    expect(value("command", "python 'my train.py' --lr 1")).toEqual(["python", "my train.py", "--lr", "1"]);
    expect(value("policy", "rand-m9")).toBe("rand-m9");
    expect(value("policy", "")).toBeNull();
  });

  it("are refused with what was expected", () => {
    expect(fault("lr0", "1.5")).toContain("0 … 1");
    expect(fault("lr0", "fast")).not.toBeNull();
    expect(fault("lr0", "Infinity")).not.toBeNull();
    expect(fault("imgsz", "100")).toContain("32");
    expect(fault("imgsz", "64.5")).not.toBeNull();
    expect(fault("time", "0")).toContain("> 0");
    expect(fault("device", "gpu")).not.toBeNull();
    expect(fault("device", "-2")).toContain("≥ -1");
    expect(fault("classes", "[1, -1]")).toContain("2");
    expect(fault("classes", "{")).not.toBeNull();
    expect(fault("batch", "0")).toContain("-1");
    expect(fault("command", "")).not.toBeNull();
    expect(faultOf({ type: "number", multipleOf: 0.1 }, 0.3)).toBeNull();
  });

  it("are written so that they are read back", () => {
    const values: Record<string, unknown[]> = {
      lr0: [0.5],
      amp: [true, "bf16"],
      time: [null, 3],
      device: ["0", 1, "cpu", null],
      classes: [null, [1]],
      command: [["a", "b c"]],
      policy: ["null", "x", null],
    };
    for (const [name, each] of Object.entries(values)) {
      for (const one of each) {
        if (name === "policy" && one === null) continue;
        expect(readParam(param(name), textOf(param(name), one))).toEqual({ value: one, fault: null });
      }
    }
  });

  it("are sent when they differ from the default, and missed when they are required", () => {
    expect(readParams(params, { lr0: "0.01", imgsz: "320", cos_lr: "x" })).toEqual({
      values: { imgsz: 320 },
      faults: { cos_lr: expect.any(String), command: expect.any(String) },
    });
  });

  it("show what is common first, and say their range in signs", () => {
    const many = paramsOf({
      properties: Object.fromEntries(
        [...Array.from({ length: 40 }, (_, n) => `x${n}`), "lr0", "imgsz"].map((name) => [name, {}]),
      ),
    });
    expect(commonOf(many).map((one) => one.name)).toEqual(["imgsz", "lr0"]);
    expect(commonOf(params)).toHaveLength(params.length);
    expect(rangeOf(SCHEMA.properties?.batch ?? {})).toBe("≥ 1 | -1 | > 0, < 1");
  });
});
