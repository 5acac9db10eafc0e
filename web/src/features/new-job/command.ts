/** The same job from a terminal. */
import type { JobCreate } from "../../api/types";
import { primaryOptions } from "../../lib/primary-metrics";
import { type Option, placeOptions, written } from "../../lib/resource-words";
import { quoted } from "../../lib/shell-words";
import { isJson } from "./params";

interface Names {
  dataset: string | undefined;
  /** Where there are several. */
  project: string | undefined;
}

/** The `snellen train` that makes it; null for what the command has no words for. */
export function commandOf(body: JobCreate, names: Names): string | null {
  const primary = primaryOptions(body.primary_metric);
  if (body.launcher === "external" || primary === null || names.dataset === undefined) return null;
  const { command, ...params } = body.hyperparameters ?? {};
  const asCommand = body.trainer === "script" && Array.isArray(command);
  const options: Option[] = [
    ["--dataset", names.dataset],
    ["--snapshot", body.snapshot],
    ["--trainer", body.trainer === "ultralytics" || asCommand ? null : body.trainer],
    ["--task", body.task === "detection" ? null : body.task],
    ["--model", body.model],
    ["--epochs", String(body.epochs)],
    ...Object.entries(asCommand ? params : (body.hyperparameters ?? {})).map(
      ([name, value]): Option => ["-p", `${name}=${valueText(value)}`],
    ),
    ...primary,
    ["--from", body.init_from ? String(body.init_from) : null],
    ...placeOptions(body),
    ["--name", body.name],
    ...(body.tags ?? []).map((tag): Option => ["--tag", tag]),
    ["--project", names.project],
  ];
  const rest = asCommand ? ["--", ...command.map((word) => quoted(String(word)))] : [];
  return ["snellen train", ...written(options), ...rest].join(" ");
}

/** As `-p` reads it: JSON, or a text that isn't any. */
const valueText = (value: unknown): string =>
  typeof value === "string" && !isJson(value) ? value : JSON.stringify(value);
