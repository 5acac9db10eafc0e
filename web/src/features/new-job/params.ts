/** Hyperparameters as fields: what a trainer's schema says of each, and how it is written and read. */
import { t } from "../../lib/i18n-jobs";
import { shellWords } from "../../lib/shell-words";
import { faultOf, isNullable, type JsonSchema, same, typesOf } from "./json-schema";

export type Kind = "choice" | "number" | "text" | "json";

export interface Param {
  name: string;
  schema: JsonSchema;
  kind: Kind;
  required: boolean;
}

/** What most trainings are tuned with, whatever the framework calls it. */
const COMMON = [
  "command", "working_dir", "imgsz", "img_size", "image_size", "batch", "batch_size", "optimizer", "opt", "lr0", "lr",
  "learning_rate", "weight_decay", "momentum", "warmup_epochs", "cos_lr", "sched", "patience", "pretrained",
  "auto_augment", "mosaic", "fliplr", "hflip", "amp", "seed", "workers", "device",
]; // biome-ignore format: a list of words
const FEW = 12;

export const paramsOf = (schema: JsonSchema | undefined): Param[] =>
  Object.entries(schema?.properties ?? {}).map(([name, each]) => ({
    name,
    schema: each,
    kind: kindOf(each),
    required: schema?.required?.includes(name) ?? false,
  }));

/** Those that are shown at first: all of a few, else those that most trainings are tuned with. */
export function commonOf(params: readonly Param[]): Param[] {
  if (params.length <= FEW) return [...params];
  const common = params.filter((param) => param.required || COMMON.includes(param.name));
  const order = (param: Param) => (param.required ? -1 : COMMON.indexOf(param.name));
  return common.length > 0 ? common.sort((a, b) => order(a) - order(b)) : params.slice(0, FEW);
}

/** A parameter that the schema doesn't name but lets through. */
export const freeParam = (name: string): Param => ({ name, schema: {}, kind: "text", required: false });

export function kindOf(schema: JsonSchema): Kind {
  const types = typesOf(schema).filter((type) => type !== "null");
  if (schema.enum || (types.length === 1 && types[0] === "boolean")) return "choice";
  if (types.length > 0 && types.every((type) => type === "number" || type === "integer")) return "number";
  if (types.length > 0 && types.every((type) => type === "array" || type === "object")) return "json";
  return "text";
}

/** The values to choose from. */
export function choicesOf(schema: JsonSchema): unknown[] {
  const values = schema.enum ?? [true, false];
  return isNullable(schema) && !values.includes(null) ? [...values, null] : values;
}

/** A value as a field shows it. */
export function textOf(param: Param, value: unknown): string {
  if (param.kind === "choice") return JSON.stringify(value);
  if (typeof value !== "string") return value === undefined ? "" : JSON.stringify(value);
  return param.kind === "text" && !onlyText(param.schema) && isJson(value) ? JSON.stringify(value) : value;
}

export type Read = { value: unknown; fault: null } | { value: undefined; fault: string };

/** The value of what a field holds, or what is wrong with it. */
export function readParam(param: Param, text: string): Read {
  const value = parse(param, text);
  if (value === undefined) return { value: undefined, fault: t(`form.fault.no.${param.kind}`) };
  const fault = faultOf(param.schema, value);
  return fault === null ? { value, fault: null } : { value: undefined, fault };
}

function parse({ kind, schema }: Param, text: string): unknown {
  const trimmed = text.trim();
  if (kind === "number") {
    if (trimmed === "" || trimmed === "null") return isNullable(schema) ? null : undefined;
    const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
    return Number.isFinite(number) ? number : undefined;
  }
  if (kind === "text") {
    if (onlyText(schema)) return trimmed === "" && isNullable(schema) ? null : text;
    return isJson(trimmed) ? JSON.parse(trimmed) : text;
  }
  if (isJson(trimmed)) return JSON.parse(trimmed);
  // A list of words may be written as a command line.
  const words = typesOf(schema).includes("array") && !/^[[{]/.test(trimmed) ? shellWords(trimmed) : null;
  return words !== null && words.length > 0 ? words : undefined;
}

const onlyText = (schema: JsonSchema): boolean =>
  typesOf(schema).length > 0 && typesOf(schema).every((type) => type === "string" || type === "null");

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export interface ReadParams {
  /** Those that differ from the defaults. */
  values: Record<string, unknown>;
  faults: Record<string, string>;
}

/** What is to be sent of the fields that were written in. */
export function readParams(params: readonly Param[], texts: Readonly<Record<string, string>>): ReadParams {
  const values: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  for (const param of params) {
    const text = texts[param.name];
    if (text === undefined) {
      if (param.required && param.schema.default === undefined) faults[param.name] = t("form.fault.missing");
      continue;
    }
    const { value, fault } = readParam(param, text);
    if (fault !== null) faults[param.name] = fault;
    else if (!same(value, param.schema.default)) values[param.name] = value;
  }
  return { values, faults };
}
