import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import type { JobCreate } from "../../api/types";
import { commandOf } from "./command";
import { faultsOf } from "./server-faults";

const BODY: JobCreate = {
  dataset: 3,
  trainer: "ultralytics",
  task: "detection",
  model: "yolo11n.yaml",
  epochs: 5,
  hyperparameters: {},
  tags: [],
};
const names = { dataset: "street signs", project: undefined };

describe("the command of a job", () => {
  it("names what differs from the command's own defaults", () => {
    expect(commandOf(BODY, names)).toBe(
      "snellen train --dataset 'street signs' --model yolo11n.yaml --epochs 5",
    );
    const body: JobCreate = {
      ...BODY,
      trainer: "timm",
      task: "classification",
      hyperparameters: { lr: 0.1, auto_augment: null, device: "0", name: "a b" },
      primary_metric: "top1",
      init_from: 7,
      resources: { gpus: 2 },
      restarts: 0,
      tags: ["night shift"],
      name: "it's",
    };
    expect(commandOf(body, { dataset: "d", project: "cells" })).toBe(
      "snellen train --dataset d --trainer timm --task classification --model yolo11n.yaml --epochs 5 " +
        "-p lr=0.1 -p auto_augment=null -p 'device=\"0\"' -p 'name=a b' --primary-metric top1 --from 7 --gpus 2 " +
        "--name 'it'\\''s' --tag 'night shift' --project cells",
    );
  });

  it("says where it runs and with what", () => {
    const body: JobCreate = {
      ...BODY,
      launcher: "h100",
      resources: {
        gpus: 2,
        cpus: 8,
        memory: 16 * 1024 ** 3,
        accelerator_type: "H100",
        custom: { licence: 0.5 },
        nodes: 4,
        min_nodes: 2,
      },
      restarts: 3,
    };
    expect(commandOf(body, names)).toMatch(
      / --launcher h100 --gpus 2 --cpus 8 --memory 16GiB --accelerator-type H100 --resource licence=0.5 --nodes 4 --min-nodes 2 --restarts 3$/,
    );
    expect(commandOf({ ...BODY, resources: { memory: 1500 } }, names)).toMatch(/ --memory 1500$/);
  });

  it("puts a script's command after two dashes", () => {
    const body: JobCreate = {
      ...BODY,
      trainer: "script",
      hyperparameters: { command: ["python", "my train.py"], depth: 3 },
    };
    expect(commandOf(body, names)).toMatch(/-p depth=3 -- python 'my train.py'$/);
  });

  it("is none where it has no words", () => {
    expect(commandOf({ ...BODY, launcher: "external" }, names)).toBeNull();
    expect(commandOf({ ...BODY, primary_metric: { name: "top1", source: "reported" } }, names)).toBeNull();
    expect(commandOf({ ...BODY, primary_metric: { name: "loss", direction: "min" } }, names)).toContain(
      " --primary-metric loss --direction min",
    );
  });
});

describe("what the server refused", () => {
  it("is told at the field that it named", () => {
    const problems = [
      "lr0: got 5, 5 is greater than the maximum of 1",
      "unknown hyperparameter 'lr00'; did you mean 'lr0'?",
    ];
    const found = faultsOf(new ApiError(422, "hyperparameter_invalid", "hyperparameters: …", null, problems));
    expect(Object.keys(found.params)).toEqual(["lr0", "lr00"]);
    expect(found.params.lr0).toContain("maximum of 1");
    const model = faultsOf(new ApiError(422, "invalid_input", "model: got the URL 'x'; nothing is fetched"));
    expect(model.fields.model).toContain("the URL");
    const gpus = faultsOf(new ApiError(422, "invalid_input", "…", null, ["resources.gpus: too many"]));
    expect(gpus.fields.gpus).toBe("too many");
    expect(faultsOf(new ApiError(409, "conflict", "model: x"))).toEqual({ fields: {}, params: {} });
  });
});
