/** A search space in words, a line a parameter, as `snellen sweep` takes them. */

export type Scalar = string | number | boolean | null;
export type SpaceParameter =
  | { type: "int" | "float"; low: number; high: number; step?: number; log?: boolean }
  | { type: "choice"; values: Scalar[] };

export interface Fault {
  line: number;
  why: "expected" | "expectedParam" | "twice";
  name: string;
}

export interface Read<T> {
  values: Record<string, T>;
  faults: Fault[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

export const readSpace = (text: string): Read<SpaceParameter> =>
  readLines(text, "expected", (value) => (value.includes("..") ? range(value) : choice(value)));

/** `NAME=VALUE` lines: numbers, lists, true, false and null as such, any other as text. */
export const readParams = (text: string): Read<unknown> =>
  readLines(text, "expectedParam", (value) => plain(value));

function readLines<T>(text: string, why: Fault["why"], read: (value: string) => T | undefined): Read<T> {
  const found: Read<T> = { values: {}, faults: [] };
  text.split("\n").forEach((raw, at) => {
    const line = raw.trim();
    if (line === "") return;
    const cut = line.indexOf("=");
    const name = line.slice(0, Math.max(0, cut)).trim();
    const value = cut > 0 ? read(line.slice(cut + 1).trim()) : undefined;
    if (name === "" || value === undefined) found.faults.push({ line: at + 1, why, name: line });
    else if (name in found.values) found.faults.push({ line: at + 1, why: "twice", name });
    else found.values[name] = value;
  });
  return found;
}

function range(text: string): SpaceParameter | undefined {
  const log = text.startsWith("log:");
  const [ends = "", step] = text.slice(log ? 4 : 0).split(":");
  const parts = [...ends.split(".."), ...(step === undefined ? [] : [step])].map((one) => one.trim());
  if (ends.split("..").length !== 2 || !parts.every((one) => NUMBER.test(one))) return undefined;
  const [low = 0, high = 0, size] = parts.map(Number);
  const type = parts.every((one) => WHOLE.test(one)) ? "int" : "float";
  return { type, low, high, ...(size === undefined ? {} : { step: size }), ...(log ? { log } : {}) };
}

function choice(text: string): SpaceParameter | undefined {
  const values = text.split(",").map((one) => plain(one.trim()));
  if (values.length < 2 || values.includes("")) return undefined;
  return { type: "choice", values: values.map((one) => (isScalar(one) ? one : String(one))) };
}

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== "object";

function plain(text: string): unknown {
  if (text === "") return "";
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
