import { describe, expect, it } from "vitest";
import { bodyOf, commandOf, type Draft, EMPTY, isWhole } from "./draft";

const CLUSTER = { cluster: true, nodes: true };
const LOCAL = { cluster: false, nodes: false };
const DRAFT: Draft = {
  ...EMPTY,
  name: "Learning rates",
  dataset: "3",
  trainer: "timm",
  model: "resnet18",
  space: "lr=log:1e-4..1e-1\nmodel=a b,c",
  params: "batch=16",
  early: false,
};

describe("a new sweep", () => {
  it("is the same as a command and as a request", () => {
    const draft = {
      ...DRAFT,
      launcher: "dgx",
      parallel: "4",
      gpus: "2",
      cpus: "8",
      nodes: "2",
      restarts: "1",
      task: "classification" as const,
      primary: " val/surprise ",
      direction: "min" as const,
      tags: ["night", "two words"],
    };
    expect(commandOf(draft, "street signs", CLUSTER)).toBe(
      "snellen sweep --dataset 'street signs' --epochs 30 --trainer timm --task classification --model resnet18 " +
        "--method bayesian --trials 20 --parallel 4 --primary-metric val/surprise --direction min --launcher dgx --gpus 2 --cpus 8 --nodes 2 --restarts 1 --name 'Learning rates' " +
        "--tag night --tag 'two words' " +
        "-p batch=16 lr=log:1e-4..1e-1 'model=a b,c'",
    );
    expect(bodyOf(draft, 7, CLUSTER)).toMatchObject({
      parallel: 4,
      job: {
        launcher: "dgx",
        resources: { gpus: 2, cpus: 8, nodes: 2 },
        restarts: 1,
        project: 7,
        hyperparameters: { batch: 16 },
        task: "classification",
        primary_metric: { name: "val/surprise", direction: "min" },
        tags: ["night", "two words"],
      },
    });
  });

  it("asks for nothing that its launcher doesn't have, nor for what is usual", () => {
    const body = bodyOf({ ...DRAFT, nodes: "4", restarts: "2", memory: "16" }, null, LOCAL);
    for (const name of ["resources", "task", "primary_metric", "tags"])
      expect(body.job).not.toHaveProperty(name);
    expect(body.job).not.toHaveProperty("restarts");
    expect(body.parallel).toBeNull();
    expect(commandOf({ ...DRAFT, early: true }, "", LOCAL)).toContain(
      "--dataset DATASET --epochs 30 --trainer timm --model resnet18 --method bayesian --trials 20 " +
        "--early-stopping --min-epochs 3 --reduction 3 --name",
    );
  });

  it("can't begin with a number that is out of range", () => {
    expect(isWhole(DRAFT, CLUSTER)).toBe(true);
    expect(isWhole({ ...DRAFT, parallel: "0" }, CLUSTER)).toBe(false);
    expect(isWhole({ ...DRAFT, restarts: "often" }, CLUSTER)).toBe(false);
    expect(isWhole({ ...DRAFT, restarts: "often" }, LOCAL)).toBe(true);
    expect(isWhole({ ...DRAFT, memory: "much" }, CLUSTER)).toBe(false);
    expect(isWhole({ ...DRAFT, tags: ["x".repeat(51)] }, CLUSTER)).toBe(false);
  });
});
