/** The state of the validation view that a link carries. */
import type { ErrorKind, ImagesSort, ObjectSize, ObjectsSort } from "../api/types";
import { parseRegion } from "./region";

export interface ValidationSearch {
  /** Absent: the latest while the job is live, else the best. */
  epoch?: number | "latest" | "best";
  conf?: number;
  iou?: number;
  /** `<true>-<predicted>`: indices into the labels of the matrix. */
  cell?: string;
  class?: number;
  outcome?: "tp" | "fp" | "fn";
  /** A type of error, as TIDE tells them apart. */
  error?: ErrorKind;
  /** Of the object. */
  size?: ObjectSize;
  split?: string;
  /** Part of an image's path. */
  text?: string;
  /** Absent: the worst images first. */
  sort?: Exclude<ImagesSort, "worst">;
  /** Absent: images; else the objects themselves. */
  view?: "objects";
  /** Absent: those with the highest score first. */
  order?: Exclude<ObjectsSort, "score">;
  image?: number;
  /** `x,y,w,h`: the part of the image to look at, in its pixels. */
  at?: string;
  show?: "rows";
}

export const ERROR_KINDS = ["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"] as const satisfies ErrorKind[];
/** Besides "worst first", which the address needn't name. */
export const SORTS = ["errors", "best", "score", "iou", "name"] as const;
/** Besides "surest first". */
export const ORDERS = ["unsure", "iou", "small", "large", "name"] as const;
export const OUTCOMES = ["tp", "fp", "fn"] as const;
export const OBJECT_SIZES = ["small", "medium", "large"] as const satisfies ObjectSize[];
const LONGEST_TEXT = 200;

export const IOU_MIN = 0.1;
export const IOU_MAX = 0.95;
export const IOU_STEP = 0.05;

/** Keeps what is well formed of a query; the rest is dropped, as an address may be mistyped. */
export function readValidationSearch(raw: Record<string, unknown>): ValidationSearch {
  const search: ValidationSearch = {};
  const epoch = raw.epoch === "latest" || raw.epoch === "best" ? raw.epoch : whole(raw.epoch, 1);
  if (epoch !== null) search.epoch = epoch;
  const conf = between(raw.conf, 0, 1);
  if (conf !== null) search.conf = conf;
  const iou = between(raw.iou, IOU_MIN, IOU_MAX);
  if (iou !== null) search.iou = snapIou(iou);
  if (parseCell(raw.cell)) search.cell = String(raw.cell);
  const classId = whole(raw.class, 0);
  if (classId !== null) search.class = classId;
  const outcome = OUTCOMES.find((name) => name === raw.outcome);
  if (outcome) search.outcome = outcome;
  const error = ERROR_KINDS.find((kind) => kind === raw.error);
  if (error) search.error = error;
  const sort = SORTS.find((name) => name === raw.sort);
  if (sort) search.sort = sort;
  const size = OBJECT_SIZES.find((name) => name === raw.size);
  if (size) search.size = size;
  const split = text(raw.split);
  if (split) search.split = split;
  const part = text(raw.text);
  if (part) search.text = part;
  if (raw.view === "objects") search.view = raw.view;
  const order = ORDERS.find((name) => name === raw.order);
  if (order) search.order = order;
  const image = whole(raw.image, 0);
  if (image !== null) search.image = image;
  if (parseRegion(raw.at)) search.at = String(raw.at);
  if (raw.show === "rows") search.show = "rows";
  return search;
}

export const snapIou = (iou: number): number => Math.round(Math.round(iou / IOU_STEP) * IOU_STEP * 100) / 100;

export function parseCell(cell: unknown): [trueIndex: number, predIndex: number] | null {
  const match = typeof cell === "string" ? /^(\d{1,4})-(\d{1,4})$/.exec(cell) : null;
  return match ? [Number(match[1]), Number(match[2])] : null;
}

/** An address turns what looks like a number into one. */
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value).slice(0, LONGEST_TEXT) : "";

function whole(value: unknown, least: number): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least ? number : null;
}

function between(value: unknown, low: number, high: number): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && number >= low && number <= high ? number : null;
}
