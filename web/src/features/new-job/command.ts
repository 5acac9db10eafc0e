/** The same job from a terminal. */
import type { JobCreate } from "../../api/types";
import { quoted } from "../../lib/shell-words";
import { isJson } from "./params";

interface Names {
  dataset: string | undefined;
  /** Where there are several. */
  project: string | undefined;
}

/** The `snellen train` that makes it; null for what the command has no words for. */
export function commandOf(body: JobCreate, names: Names): string | null {
  const { primary_metric: primary, resources = {} } = body;
  if (body.launcher === "external" || typeof primary === "object" || names.dataset === undefined) return null;
  const { command, ...params } = body.hyperparameters ?? {};
  const asCommand = body.trainer === "script" && Array.isArray(command);
  const words: [string, string | null | undefined][] = [
    ["--dataset", names.dataset],
    ["--snapshot", body.snapshot],
    ["--trainer", body.trainer === "ultralytics" || asCommand ? null : body.trainer],
    ["--task", body.task === "detection" ? null : body.task],
    ["--model", body.model],
    ["--epochs", String(body.epochs)],
    ...Object.entries(asCommand ? params : (body.hyperparameters ?? {})).map(
      ([name, value]): [string, string] => ["-p", `${name}=${written(value)}`],
    ),
    ["--primary-metric", primary],
    ["--from", body.init_from ? String(body.init_from) : null],
    ["--launcher", body.launcher],
    ["--gpus", countOf(resources.gpus)],
    ["--cpus", countOf(resources.cpus)],
    ["--memory", sizeOf(resources.memory)],
    ["--accelerator-type", resources.accelerator_type],
    ...Object.entries(resources.custom ?? {}).map(([name, amount]): [string, string] => [
      "--resource",
      `${name}=${amount}`,
    ]),
    ["--nodes", countOf(resources.nodes)],
    ["--min-nodes", countOf(resources.min_nodes)],
    ["--restarts", countOf(body.restarts)],
    ["--name", body.name],
    ...(body.tags ?? []).map((tag): [string, string] => ["--tag", tag]),
    ["--project", names.project],
  ];
  const options = words.flatMap(([option, word]) => (word ? [`${option} ${quoted(word)}`] : []));
  const rest = asCommand ? ["--", ...command.map((word) => quoted(String(word)))] : [];
  return ["snellen train", ...options, ...rest].join(" ");
}

/** As `-p` reads it: JSON, or a text that isn't any. */
const written = (value: unknown): string =>
  typeof value === "string" && !isJson(value) ? value : JSON.stringify(value);

const GIB = 1024 ** 3;
const countOf = (count: number | null | undefined): string | null => (count ? String(count) : null);
const sizeOf = (bytes: number | null | undefined): string | null =>
  bytes ? (bytes % GIB === 0 ? `${bytes / GIB}GiB` : String(bytes)) : null;
