import type { SweepCreate } from "../../api/types";
import { t } from "../../lib/i18n-sweeps";
import { type Fault, readParams, readSpace } from "../../lib/sweep-space";

/** The form as it is typed. */
export interface Draft {
  name: string;
  dataset: string;
  trainer: string;
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
}

export const EMPTY: Draft = {
  name: "",
  dataset: "",
  trainer: "ultralytics",
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
};

export const faultsOf = (text: string, kind: "space" | "params"): string | null => {
  const { faults } = kind === "space" ? readSpace(text) : readParams(text);
  return faults.length === 0 ? null : faults.map(told).join("; ");
};

function told({ line, why, name }: Fault): string {
  const text = why === "twice" ? t("newSweep.twice", { name }) : t(`newSweep.${why}`);
  return t("newSweep.wrongLine", { line, text });
}

/** Whether everything is said that the server can't do without. */
export const isWhole = (draft: Draft): boolean =>
  draft.name.trim() !== "" &&
  draft.dataset !== "" &&
  draft.space.trim() !== "" &&
  Number(draft.epochs) >= 1 &&
  (draft.method === "grid" || Number(draft.trials) >= 1) &&
  faultsOf(draft.space, "space") === null &&
  faultsOf(draft.params, "params") === null;

export function bodyOf(draft: Draft, project: number | null): SweepCreate {
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  return {
    name: draft.name.trim(),
    job: {
      dataset: Number(draft.dataset),
      trainer: draft.trainer,
      epochs: Number(draft.epochs),
      hyperparameters: readParams(draft.params).values,
      ...(draft.model.trim() === "" ? {} : { model: draft.model.trim() }),
      ...(project === null ? {} : { project }),
    },
    space: readSpace(draft.space).values as SweepCreate["space"],
    method: draft.method,
    trials: number(draft.trials),
    early_stopping: draft.early
      ? { min_epochs: Number(draft.minEpochs) || 1, reduction: Number(draft.reduction) || 3 }
      : null,
    seed: number(draft.seed),
    client_id: crypto.randomUUID(),
  };
}

/** The same as a command. */
export function commandOf(draft: Draft, datasetName: string): string {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((one) => one.trim())
      .filter(Boolean);
  const words = [
    "snellen sweep --dataset",
    quoted(datasetName || "DATASET"),
    "--epochs",
    draft.epochs || "N",
  ];
  if (draft.trainer) words.push("--trainer", draft.trainer);
  if (draft.model.trim()) words.push("--model", quoted(draft.model.trim()));
  words.push("--method", draft.method);
  if (draft.trials.trim()) words.push("--trials", draft.trials.trim());
  if (draft.early)
    words.push("--early-stopping --min-epochs", draft.minEpochs, "--reduction", draft.reduction);
  if (draft.seed.trim()) words.push("--seed", draft.seed.trim());
  if (draft.name.trim()) words.push("--name", quoted(draft.name.trim()));
  for (const line of lines(draft.params)) words.push("-p", quoted(line));
  return [...words, ...lines(draft.space).map(quoted)].join(" ");
}

const quoted = (text: string): string =>
  /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
