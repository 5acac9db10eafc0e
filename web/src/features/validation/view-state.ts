/** From the address to what is shown: which epoch, which thresholds, which images. */
import type { ImageFilter, PairFilter } from "../../api/result-images";
import type { ObjectFilter } from "../../api/result-objects";
import type { ResultList, ResultRow, Task } from "../../api/types";
import { t } from "../../lib/i18n-validation";
import { parseCell, type ValidationSearch } from "../../lib/validation-search";

export const DEFAULT_IOU = 0.5;
/** A class is always named, however unsure: all count until somebody asks for a score. */
export const defaultScore = (task: Task): number => (task === "classification" ? 0 : 0.25);

export type ChangeSearch = (patch: SearchPatch, push?: boolean) => void;
/** A key that is there with `undefined` leaves the address. */
export type SearchPatch = { [K in keyof ValidationSearch]: ValidationSearch[K] | undefined };

export interface ViewProps {
  task: Task;
  search: ValidationSearch;
  onChange: ChangeSearch;
}

export interface EpochChoice {
  epoch: number;
  /** Null if there is no validation of this epoch. */
  row: ResultRow | null;
  following: boolean;
}

/** The epoch to show; null while there is none at all. Without a wish: the newest of a live job, else the best. */
export function chooseEpoch(
  results: ResultList,
  wish: ValidationSearch["epoch"],
  live: boolean,
): EpochChoice | null {
  const { items, best_epoch: best } = results;
  const newest = newestToShow(items);
  if (newest === null) return null;
  const wanted = wish ?? (live ? "latest" : "best");
  const epoch = wanted === "latest" ? newest.epoch : wanted === "best" ? (best ?? newest.epoch) : wanted;
  return {
    epoch,
    row: items.find((row) => row.epoch === epoch) ?? null,
    following: wanted === "latest",
  };
}

/** The newest whose evaluation isn't still on its way, if there is one. */
export function newestToShow(items: readonly ResultRow[]): ResultRow | null {
  for (let at = items.length - 1; at >= 0; at--) {
    const row = items[at];
    if (row && !isWaiting(row)) return row;
  }
  return items[items.length - 1] ?? null;
}

export const isWaiting = (row: ResultRow): boolean =>
  row.has_predictions && !row.evaluated && row.evaluation_error === null;

/** Whether thresholds can be moved and images looked at. */
export const canExplore = (row: ResultRow): boolean => row.has_predictions && row.evaluated;

export interface Thresholds {
  conf: number;
  iou: number;
}

export const thresholdsOf = (search: ValidationSearch, task: Task): Thresholds => ({
  conf: search.conf ?? defaultScore(task),
  iou: search.iou ?? DEFAULT_IOU,
});

/** Whether predictions have a place, and so an overlap with the truth. */
export const hasPlace = (task: Task): boolean => task !== "classification";

/** What the overlap of keypoints is called, and that of boxes and masks. */
export const overlapName = (task: Task): string => t(task === "pose" ? "overlap.oks" : "overlap.iou");

/** Thresholds as they stand beside every number that depends on them. */
export function atText({ conf, iou }: Thresholds, task: Task): string {
  const score = conf.toFixed(2);
  return hasPlace(task)
    ? t("overlap.at", { score, name: overlapName(task), iou: iou.toFixed(2) })
    : t("overlap.atScore", { score });
}

/** Below it an error of place would be background. */
const LEAST_ERROR_IOU = 0.15;
/** The overlap from which on an object is found, where errors are told apart. */
export const errorIou = (iou: number): number => Math.max(iou, LEAST_ERROR_IOU);

/** What the images are narrowed down to. */
type Choice = Pick<ValidationSearch, "cell" | "class" | "outcome" | "error" | "view">;

export const NOTHING_CHOSEN: SearchPatch = {
  cell: undefined,
  class: undefined,
  outcome: undefined,
  error: undefined,
  size: undefined,
  split: undefined,
  text: undefined,
};
/** What a number stands for, and nothing but that: so many pairs are shown as it says. */
export const choose = (choice: Choice): SearchPatch => ({
  ...NOTHING_CHOSEN,
  image: undefined,
  at: undefined,
  view: undefined,
  ...choice,
});

/** Whether pairs are chosen, not only images. */
export const isChosen = ({ cell, class: classId, outcome, error, size }: ValidationSearch): boolean =>
  [cell, classId, outcome, error, size].some((value) => value !== undefined);

/** The pairs that the address asks for; everything in it holds at once. */
export function pairFilter(search: ValidationSearch, task: Task): PairFilter {
  const cell = parseCell(search.cell);
  const { conf, iou } = thresholdsOf(search, task);
  return {
    conf,
    iou: search.error ? errorIou(iou) : iou,
    true: cell?.[0],
    pred: cell?.[1],
    class: search.class,
    outcome: search.outcome,
    error: search.error,
    size: hasPlace(task) ? search.size : undefined,
    split: search.split,
    text: search.text,
  };
}

export const imageFilter = (search: ValidationSearch, task: Task): ImageFilter => ({
  ...pairFilter(search, task),
  sort: search.sort ?? "worst",
});

export const objectFilter = (search: ValidationSearch, task: Task): ObjectFilter => ({
  ...pairFilter(search, task),
  sort: search.rank ?? "score",
});
