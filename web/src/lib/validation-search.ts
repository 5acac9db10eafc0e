/** The state of the validation view that a link carries. */
import type { ErrorKind, ImagesSort, ObjectSize, ObjectsSort } from "../api/types";
import { type EpochSearch, readEpochSearch } from "./epoch-search";
import { parseRegion } from "./region";

export interface ValidationSearch extends EpochSearch {
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
  rank?: Exclude<ObjectsSort, "score">;
  image?: number;
  /** `x,y,w,h`: the part of the image to look at, in its pixels. */
  at?: string;
  /** What the cells of the matrix show besides counts. */
  show?: "rows" | "columns";
  /** How the classes of the matrix are ordered. */
  order?: MatrixOrder;
  /** Only so many of the most confused classes; the others stand as one. */
  worst?: number;
  /** The epoch that the matrix is compared with. */
  against?: number;
  /** The classes whose curves are drawn, by number: `3,8`. */
  lines?: string;
  /** The column by which the table of classes is sorted; `-f1`: falling. */
  by?: string;
  /** What recall is worth against precision, where it isn't 1. */
  beta?: "0.5" | "2";
}

export type MatrixOrder = (typeof MATRIX_ORDERS)[number];
/** Besides the order in which the classes came. */
export const MATRIX_ORDERS = ["name", "confused", "near"] as const;
export const LEAST_WORST = 2;
/** More lines than these can't be told apart. */
export const MOST_LINES = 8;

export const ERROR_KINDS = ["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"] as const satisfies ErrorKind[];
/** Besides "worst first", which the address needn't name. */
export const SORTS = ["errors", "best", "score", "iou", "name"] as const;
/** Besides "surest first". */
export const RANKS = ["unsure", "iou", "small", "large", "name"] as const;
export const OUTCOMES = ["tp", "fp", "fn"] as const;
export const OBJECT_SIZES = ["small", "medium", "large"] as const satisfies ObjectSize[];
const LONGEST_TEXT = 200;

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
  const rank = RANKS.find((name) => name === raw.rank);
  if (rank) search.rank = rank;
  const image = whole(raw.image, 0);
  if (image !== null) search.image = image;
  if (parseRegion(raw.at)) search.at = String(raw.at);
  if (raw.show === "rows" || raw.show === "columns") search.show = raw.show;
  readMatrix(raw, search);
  return search;
}

function readMatrix(raw: Record<string, unknown>, search: ValidationSearch): void {
  const order = MATRIX_ORDERS.find((name) => name === raw.order);
  if (order) search.order = order;
  const worst = whole(raw.worst, LEAST_WORST);
  if (worst !== null) search.worst = worst;
  const against = whole(raw.against, 1);
  if (against !== null) search.against = against;
  const lines = parseLines(raw.lines);
  if (lines.length > 0) search.lines = lines.join(",");
  if (typeof raw.by === "string" && /^-?[a-z][a-z0-9_]{0,20}$/.test(raw.by)) search.by = raw.by;
  const beta = (["0.5", "2"] as const).find((one) => one === String(raw.beta));
  if (beta) search.beta = beta;
}

/** The classes of `lines`, each once; one alone arrives as a number. */
export function parseLines(lines: unknown): number[] {
  const text = typeof lines === "number" ? String(lines) : lines;
  if (typeof text !== "string" || !/^\d{1,5}(,\d{1,5})*$/.test(text)) return [];
  return [...new Set(text.split(",").map(Number))].slice(0, MOST_LINES);
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
