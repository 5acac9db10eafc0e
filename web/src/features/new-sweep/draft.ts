import type { JobCreate, SweepCreate, Task } from "../../api/types";
import { t } from "../../lib/i18n-sweeps";
import { tagFault } from "../../lib/job-tags";
import { type PrimaryFields, primaryOf, primaryOptions } from "../../lib/primary-metrics";
import { type Option, placeOptions, written } from "../../lib/resource-words";
import {
  isCount,
  NO_RESOURCES,
  type Offer,
  type ResourceFaults,
  type ResourceFields,
  rangeFault,
  resourceFaults,
  resourcesOf,
  restartsFault,
  restartsOf,
} from "../../lib/resources";
import { quoted } from "../../lib/shell-words";
import { type Fault, readParams, readSpace } from "../../lib/sweep-space";

/** The form as it is typed. */
export interface Draft extends ResourceFields, PrimaryFields {
  name: string;
  dataset: string;
  trainer: string;
  /** Empty until there is a dataset. */
  task: Task | "";
  model: string;
  epochs: string;
  space: string;
  params: string;
  method: SweepCreate["method"];
  trials: string;
  early: boolean;
  minEpochs: string;
  reduction: string;
  seed: string;
  launcher: string;
  parallel: string;
  restarts: string;
  tags: string[];
}

export const EMPTY: Draft = {
  ...NO_RESOURCES,
  name: "",
  dataset: "",
  trainer: "ultralytics",
  task: "",
  model: "",
  epochs: "30",
  space: "",
  params: "",
  method: "bayesian",
  trials: "20",
  early: true,
  minEpochs: "3",
  reduction: "3",
  seed: "",
  launcher: "",
  parallel: "",
  restarts: "0",
  primary: "",
  direction: "",
  tags: [],
};

const MOST_PARALLEL = 256;

export const faultsOf = (text: string, kind: "space" | "params"): string | null => {
  const { faults } = kind === "space" ? readSpace(text) : readParams(text);
  return faults.length === 0 ? null : faults.map(told).join("; ");
};

function told({ line, why, name }: Fault): string {
  const text = why === "twice" ? t("newSweep.twice", { name }) : t(`newSweep.${why}`);
  return t("newSweep.wrongLine", { line, text });
}

/** What of the place and of what trials are given can't be sent, by field. */
export function placeFaults(
  draft: Draft,
  offer: Offer,
): ResourceFaults & Partial<Record<"parallel" | "restarts", string>> {
  const { parallel } = draft;
  const isNone = parallel.trim() === "";
  const restarts = restartsFault(draft.restarts, offer);
  return {
    ...resourceFaults(draft, offer),
    ...(isNone || isCount(parallel, 1, MOST_PARALLEL) ? {} : { parallel: rangeFault(1, MOST_PARALLEL) }),
    ...(restarts === null ? {} : { restarts }),
  };
}

/** Whether everything is said that the server can't do without. */
export const isWhole = (draft: Draft, offer: Offer): boolean =>
  draft.name.trim() !== "" &&
  draft.dataset !== "" &&
  draft.space.trim() !== "" &&
  Number(draft.epochs) >= 1 &&
  (draft.method === "grid" || Number(draft.trials) >= 1) &&
  faultsOf(draft.space, "space") === null &&
  faultsOf(draft.params, "params") === null &&
  tagFault(draft.tags) === null &&
  Object.keys(placeFaults(draft, offer)).length === 0;

/** Where each trial runs and with what, as far as that isn't usual. */
function placeOf(draft: Draft, offer: Offer): Pick<JobCreate, "launcher" | "resources" | "restarts"> {
  const resources = resourcesOf(draft, offer);
  const restarts = restartsOf(draft.restarts, offer);
  return {
    ...(draft.launcher ? { launcher: draft.launcher } : {}),
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
    ...(restarts > 0 ? { restarts } : {}),
  };
}

export function bodyOf(draft: Draft, project: number | null, offer: Offer): SweepCreate {
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  return {
    name: draft.name.trim(),
    job: {
      dataset: Number(draft.dataset),
      trainer: draft.trainer,
      epochs: Number(draft.epochs),
      hyperparameters: readParams(draft.params).values,
      ...(draft.model.trim() === "" ? {} : { model: draft.model.trim() }),
      ...(draft.task ? { task: draft.task } : {}),
      ...(project === null ? {} : { project }),
      ...primaryOf(draft),
      ...(draft.tags.length > 0 ? { tags: draft.tags } : {}),
      ...placeOf(draft, offer),
    },
    space: readSpace(draft.space).values as SweepCreate["space"],
    method: draft.method,
    trials: number(draft.trials),
    parallel: number(draft.parallel),
    early_stopping: draft.early
      ? { min_epochs: Number(draft.minEpochs) || 1, reduction: Number(draft.reduction) || 3 }
      : null,
    seed: number(draft.seed),
    client_id: crypto.randomUUID(),
  };
}

/** The same as a command. */
export function commandOf(draft: Draft, datasetName: string, offer: Offer): string {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((one) => one.trim())
      .filter(Boolean);
  const search: Option[] = [
    ["--dataset", datasetName || "DATASET"],
    ["--epochs", draft.epochs || "N"],
    ["--trainer", draft.trainer],
    ["--task", draft.task],
    ["--model", draft.model.trim()],
    ["--method", draft.method],
    ["--trials", draft.trials.trim()],
  ];
  const early: Option[] = [
    ["--min-epochs", draft.minEpochs.trim()],
    ["--reduction", draft.reduction.trim()],
  ];
  const others: Option[] = [
    ["--parallel", draft.parallel.trim()],
    ["--seed", draft.seed.trim()],
    ...(primaryOptions(primaryOf(draft).primary_metric) ?? []),
    ...placeOptions(placeOf(draft, offer)),
    ["--name", draft.name.trim()],
    ...draft.tags.map((tag): Option => ["--tag", tag]),
    ...lines(draft.params).map((line): Option => ["-p", line]),
  ];
  return [
    "snellen sweep",
    ...written(search),
    ...(draft.early ? ["--early-stopping", ...written(early)] : []),
    ...written(others),
    ...lines(draft.space).map(quoted),
  ].join(" ");
}
