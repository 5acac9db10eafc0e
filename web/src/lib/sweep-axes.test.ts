import { expect, it } from "vitest";
import type { Sweep } from "../api/types";
import { axesOf, cellOf, METRIC, metricOf } from "./sweep-axes";

const sweep = {
  space: {
    lr: { type: "float", low: 1e-4, high: 1e-1, log: true },
    size: { type: "int", low: 128, high: 320, step: 32, log: false },
    opt: { type: "choice", values: ["sgd", "adam", null] },
  },
  primary_metric: { name: "top1", direction: "max", source: "reported" },
  items: [
    { number: 1, params: { lr: 0.01, size: 224, opt: "adam" }, value: 0.5 },
    { number: 2, params: { lr: 0.001, size: 128, opt: null }, value: "NaN" },
    { number: 3, params: { lr: 0.1, size: 320, opt: "sgd" }, value: 0.9 },
  ],
} as unknown as Sweep;

it("has an axis for each parameter and one for the metric", () => {
  expect(axesOf(sweep).map((axis) => axis.name)).toEqual(["lr", "size", "opt", "top1"]);
  expect(axesOf({ ...sweep, items: [] }).map((axis) => axis.name)).toEqual(["lr", "size", "opt"]);
});

it("puts values where they belong on linear, logarithmic and other axes", () => {
  const [lr, size, opt, metric] = axesOf(sweep);
  expect(lr?.place(0.01)).toBeCloseTo(2 / 3);
  expect(lr?.ticks.map((tick) => tick.text)).toEqual(["1e−4", "0.001", "0.01", "0.1"]);
  expect(size?.place(224)).toBeCloseTo(0.5);
  expect(size?.ticks.map((tick) => tick.text)).toEqual(["150", "200", "250", "300"]);
  expect([opt?.place("sgd"), opt?.place("adam"), opt?.place(null), opt?.place("x")]).toEqual([
    0,
    0.5,
    1,
    null,
  ]);
  expect([metric?.place(0.5), metric?.place(0.9), metric?.place(null)]).toEqual([0, 1, null]);
});

it("is divided into parts for who chooses one of them", () => {
  const [lr, size, opt] = axesOf(sweep);
  expect([lr?.notches, opt?.notches]).toEqual([50, 2]);
  expect([lr?.at(0), lr?.at(0.5), lr?.at(1)]).toEqual(["1e−4", "0.00316", "0.1"]);
  expect([size?.at(0), size?.at(0.5), size?.at(0.26)]).toEqual(["128", "224", "178"]);
  const told = (parameter: object) => {
    const [axis] = axesOf({ ...sweep, space: { x: parameter } } as unknown as Sweep);
    return [0, 0.5, 0.52, 1].map((place) => axis?.at(place));
  };
  expect(told({ type: "int", low: 128, high: 2048 })).toEqual(["128", "1088", "1126", "2048"]);
  expect(told({ type: "int", low: 64, high: 1024, log: true })).toEqual(["64", "256", "271", "1024"]);
  expect(told({ type: "float", low: 0.9512, high: 0.9538 })).toEqual([
    "0.9512",
    "0.9525",
    "0.95255",
    "0.9538",
  ]);
  expect([opt?.at(0), opt?.at(0.5), opt?.at(1)]).toEqual(["sgd", "adam", "null"]);
  const single = { ...sweep, space: { opt: { type: "choice", values: ["sgd"] } } } as unknown as Sweep;
  expect(axesOf(single)[0]?.notches).toBe(0);
});

it("tells what a trial has on an axis", () => {
  const [trial, broken] = sweep.items;
  const metric = axesOf(sweep).find((axis) => axis.key === METRIC);
  expect(trial && metric && cellOf(trial, metric)).toBe(0.5);
  expect(broken && metricOf(broken)).toBeNull();
});

it("has room around a metric that is the same everywhere", () => {
  const same = { ...sweep, items: sweep.items.slice(0, 1) };
  expect(axesOf(same).at(-1)?.place(0.5)).toBe(0.5);
});
