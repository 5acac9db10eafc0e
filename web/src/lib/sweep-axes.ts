/** The axes of a sweep's parameters: where a value is on them, and what is written beside them. */
import type { Sweep, Trial } from "../api/types";
import { formatMetric, toNumber } from "./format";

export type Value = string | number | boolean | null;

export interface Axis {
  key: string;
  name: string;
  /** Where a value lies, 0 at the bottom and 1 at the top; null for what isn't on it. */
  place: (value: unknown) => number | null;
  ticks: readonly { at: number; text: string }[];
  isChoice: boolean;
  /** What is written for a place. */
  at: (place: number) => string;
  /** Into how many parts it is divided for who chooses one of them; 0 where it has only one value. */
  notches: number;
  /** A value as it is written in a cell. */
  text: (value: unknown) => string;
}

interface Range {
  low: number;
  high: number;
  log: boolean;
  whole: boolean;
}

/** What an axis of the metric is called among those of parameters, whose names are never empty. */
export const METRIC = "";
const TICKS = 4;
const NOTCHES = 50;
/** Digits of a number on a logarithmic axis that nobody has given; and of one that is told as it is. */
const DIGITS = 3;
const EXACT = 15;

export function axesOf(sweep: Sweep): Axis[] {
  const axes = Object.entries(sweep.space).map(([name, parameter]) => axisOf(name, parameter as Parameter));
  const values = sweep.items.map((one) => metricOf(one)).filter((one) => one !== null);
  if (values.length === 0) return axes;
  const [low, high] = widened(Math.min(...values), Math.max(...values));
  const metric = numberAxis(METRIC, { low, high, log: false, whole: false });
  return [...axes, { ...metric, name: sweep.primary_metric.name }];
}

/** A trial's value where it is a finite number. */
export function metricOf(trial: Trial): number | null {
  const value = toNumber(trial.value);
  return value !== null && Number.isFinite(value) ? value : null;
}

export const cellOf = (trial: Trial, axis: Axis): unknown =>
  axis.key === METRIC ? metricOf(trial) : trial.params[axis.key];

interface Parameter {
  type: string;
  low?: number;
  high?: number;
  log?: boolean;
  values?: Value[];
}

function axisOf(name: string, parameter: Parameter): Axis {
  const { low, high, values } = parameter;
  if (values) return choiceAxis(name, values);
  return numberAxis(name, {
    low: low ?? 0,
    high: high ?? 1,
    log: parameter.log ?? false,
    whole: parameter.type === "int",
  });
}

function choiceAxis(name: string, values: readonly Value[]): Axis {
  const at = (index: number) => (values.length === 1 ? 0.5 : index / (values.length - 1));
  const place = (value: unknown) => {
    const index = values.indexOf(value as Value);
    return index < 0 ? null : at(index);
  };
  const ticks = values.map((value, index) => ({ at: at(index), text: String(value) }));
  const notches = values.length - 1;
  const textAt = (position: number) => String(values[Math.round(position * notches)]);
  return { key: name, name, place, ticks, isChoice: true, text: String, at: textAt, notches };
}

function numberAxis(name: string, range: Range): Axis {
  const scale = (value: number) => (range.log ? Math.log10(value) : value);
  const [from, to] = [scale(range.low), scale(range.high)];
  const place = (value: unknown) =>
    typeof value === "number" && Number.isFinite(value) ? (scale(value) - from) / (to - from) : null;
  const ticks = (range.log ? powers(range) : steps(range)).map((value) => ({
    at: place(value) ?? 0,
    text: short(value),
  }));
  const text = (value: unknown) => (typeof value === "number" ? formatMetric(value) : "–");
  const at = (position: number) => {
    // An end is told as it was given.
    const end = position <= 0 ? range.low : position >= 1 ? range.high : null;
    return short(end ?? rounded(from + position * (to - from), range), EXACT);
  };
  return { key: name, name, place, ticks, isChoice: false, text, at, notches: NOTCHES };
}

/** Round numbers within a range: 0.2, 0.4, 0.6. */
function steps({ low, high }: Range): number[] {
  const rough = (high - low) / TICKS;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * size >= rough) ?? 10) * size;
  const found: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step / 1e6; at += 1) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}

/** Powers of ten, and the ends where those are fewer than two. */
function powers(range: Range): number[] {
  const found: number[] = [];
  for (
    let power = Math.ceil(Math.log10(range.low) - 1e-9);
    10 ** power <= range.high * 1.000001;
    power += 1
  ) {
    found.push(Number(`1e${power}`));
  }
  return found.length < 2 ? [range.low, range.high] : found;
}

function widened(low: number, high: number): [number, number] {
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** What lies at a place, with no more digits than its neighbours leave sense in. */
function rounded(scaled: number, { low, high, log, whole }: Range): number {
  const value = log ? 10 ** scaled : scaled;
  if (whole) return Math.round(value);
  if (log) return Number(value.toPrecision(DIGITS));
  const digits = Math.ceil(-Math.log10((high - low) / NOTCHES));
  return Number(value.toFixed(Math.min(Math.max(digits, 0), EXACT)));
}

function short(value: number, digits = 4): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) {
    return Number(value.toPrecision(digits)).toExponential().replace("e-", "e−").replace("e+", "e");
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}
