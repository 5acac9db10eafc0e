import { describe, expect, it } from "vitest";
import type { Launcher, Resources, Trainer } from "../api/types";
import {
  fieldsOf,
  NO_RESOURCES,
  offerOf,
  resourceFaults,
  resourcesOf,
  resourcesText,
  sameResources,
} from "./resources";

const NOTHING: Resources = {
  gpus: 0,
  cpus: null,
  memory: null,
  accelerator_type: null,
  custom: {},
  nodes: 1,
  min_nodes: null,
};
const ALL: Resources = {
  gpus: 2,
  cpus: 8,
  memory: 16 * 1024 ** 3,
  accelerator_type: "H100",
  custom: { licence: 0.5 },
  nodes: 4,
  min_nodes: 2,
};
const ALL_OF_IT = { cluster: true, nodes: true };
const NO_CLUSTER = { cluster: false, nodes: false };
const launcher = (name: string, cluster: boolean): Launcher => ({
  name,
  kind: cluster ? "ray" : "local",
  cluster,
  is_default: !cluster,
});

describe("what a job is given", () => {
  it("comes back from the fields as it went in, and only what isn't usual is asked for", () => {
    expect(fieldsOf(NOTHING)).toEqual(NO_RESOURCES);
    expect(resourcesOf(NO_RESOURCES, ALL_OF_IT)).toEqual({});
    expect(resourcesOf(fieldsOf(ALL), ALL_OF_IT)).toEqual(ALL);
    expect(resourcesOf(fieldsOf({ ...NOTHING, memory: 123_456_789 }), ALL_OF_IT)).toEqual({
      memory: 123_456_789,
    });
  });

  it("is GPUs and CPUs alone where there is no cluster", () => {
    expect(resourcesOf(fieldsOf(ALL), NO_CLUSTER)).toEqual({ gpus: 2, cpus: 8 });
    expect(resourceFaults({ ...NO_RESOURCES, memory: "much" }, NO_CLUSTER)).toEqual({});
  });

  it("is on several nodes only for a trainer that can use them", () => {
    const launchers = [launcher("local", false), launcher("dgx", true)];
    const trainer = (several: boolean) => ({ several_nodes: several }) as Trainer;
    expect(offerOf(launchers, "dgx", trainer(true))).toEqual(ALL_OF_IT);
    expect(offerOf(launchers, "dgx", trainer(false))).toEqual({ cluster: true, nodes: false });
    expect(offerOf(launchers, "local", trainer(true))).toEqual(NO_CLUSTER);
    const alone = resourcesOf(fieldsOf(ALL), { cluster: true, nodes: false });
    expect([alone.nodes, alone.min_nodes, alone.gpus]).toEqual([undefined, undefined, 2]);
    expect(resourceFaults({ ...NO_RESOURCES, nodes: "many" }, { cluster: true, nodes: false })).toEqual({});
  });

  it("is said to be wrong at its field", () => {
    const wrong = {
      gpus: "65",
      cpus: "0",
      memory: "much",
      accelerator_type: "an H100",
      custom: ["licence"],
      nodes: "2",
      min_nodes: "3",
    };
    const faults = resourceFaults(wrong, ALL_OF_IT);
    expect(Object.keys(faults).sort()).toEqual(
      Object.keys(wrong)
        .filter((name) => name !== "nodes")
        .sort(),
    );
    expect(faults.min_nodes).toContain("1 … 2");
    expect(resourceFaults({ ...NO_RESOURCES, custom: ["a=1", "a=2"] }, ALL_OF_IT).custom).toContain("twice");
    expect(resourceFaults({ ...NO_RESOURCES, custom: ["a=0"] }, ALL_OF_IT).custom).toContain("a=0");
    expect(resourceFaults({ ...NO_RESOURCES, gpus: "", nodes: "", memory: "0.5" }, ALL_OF_IT)).toEqual({});
  });

  it("is said in words", () => {
    expect(resourcesText(NOTHING)).toBeNull();
    expect(resourcesText(ALL)).toBe("2 GPUs, 8 CPUs, 16 GiB, H100, licence 0.5, on 2 to 4 nodes");
    expect(resourcesText({ ...NOTHING, nodes: 2 })).toBe("on 2 nodes");
  });

  it("is the same in whatever order", () => {
    expect(sameResources({ gpus: 1, custom: { a: 1, b: 2 } }, { custom: { b: 2, a: 1 }, gpus: 1 })).toBe(
      true,
    );
    expect(sameResources({ gpus: 1 }, { cpus: 1 })).toBe(false);
    expect(sameResources({}, { custom: {} })).toBe(true);
  });
});
