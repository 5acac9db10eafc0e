/** The state of the validation view that a link carries. */
import type { ErrorKind } from "../api/types";
import { type EpochSearch, readEpochSearch } from "./epoch-search";

export interface ValidationSearch extends EpochSearch {
  conf?: number;
  iou?: number;
  /** `<true>-<predicted>`: indices into the labels of the matrix. */
  cell?: string;
  class?: number;
  outcome?: "tp" | "fp" | "fn";
  /** A type of error, as TIDE tells them apart. */
  error?: ErrorKind;
  sort?: "best" | "name" | "iou";
  image?: number;
  show?: "rows";
}

export const ERROR_KINDS = ["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"] as const satisfies ErrorKind[];
/** Besides "worst first", which the address needn't name. */
export const SORTS = ["best", "name", "iou"] as const;

export const IOU_MIN = 0.1;
export const IOU_MAX = 0.95;
export const IOU_STEP = 0.05;

/** Keeps what is well formed of a query; the rest is dropped, as an address may be mistyped. */
export function readValidationSearch(raw: Record<string, unknown>): ValidationSearch {
  const search: ValidationSearch = readEpochSearch(raw);
  const conf = between(raw.conf, 0, 1);
  if (conf !== null) search.conf = conf;
  const iou = between(raw.iou, IOU_MIN, IOU_MAX);
  if (iou !== null) search.iou = snapIou(iou);
  if (parseCell(raw.cell)) search.cell = String(raw.cell);
  const classId = whole(raw.class, 0);
  if (classId !== null) search.class = classId;
  if (raw.outcome === "tp" || raw.outcome === "fp" || raw.outcome === "fn") search.outcome = raw.outcome;
  const error = ERROR_KINDS.find((kind) => kind === raw.error);
  if (error) search.error = error;
  const sort = SORTS.find((name) => name === raw.sort);
  if (sort) search.sort = sort;
  const image = whole(raw.image, 0);
  if (image !== null) search.image = image;
  if (raw.show === "rows") search.show = "rows";
  return search;
}

export const snapIou = (iou: number): number => Math.round(Math.round(iou / IOU_STEP) * IOU_STEP * 100) / 100;

export function parseCell(cell: unknown): [trueIndex: number, predIndex: number] | null {
  const match = typeof cell === "string" ? /^(\d{1,4})-(\d{1,4})$/.exec(cell) : null;
  return match ? [Number(match[1]), Number(match[2])] : null;
}

function whole(value: unknown, least: number): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least ? number : null;
}

function between(value: unknown, low: number, high: number): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && number >= low && number <= high ? number : null;
}
