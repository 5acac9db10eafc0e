/** From the address to what is shown: which epoch, which thresholds, which images. */
import type { ImageFilter } from "../../api/result-images";
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

/** What the images are narrowed down to; one thing at a time. */
type Choice = Pick<ValidationSearch, "cell" | "class" | "outcome" | "error">;

export const NOTHING_CHOSEN: SearchPatch = {
  cell: undefined,
  class: undefined,
  outcome: undefined,
  error: undefined,
};
export const choose = (choice: Choice): SearchPatch => ({ ...NOTHING_CHOSEN, image: undefined, ...choice });

export const isChosen = (search: ValidationSearch): boolean =>
  search.cell !== undefined ||
  search.class !== undefined ||
  search.outcome !== undefined ||
  search.error !== undefined;

/** The images that the address asks for: of a cell, else of a type of error, else of a class or an outcome, else all. */
export function imageFilter(search: ValidationSearch, task: Task): ImageFilter {
  const cell = parseCell(search.cell);
  const { conf, iou } = thresholdsOf(search, task);
  const sort = search.sort ?? "worst";
  if (cell) return { conf, iou, true: cell[0], pred: cell[1], sort };
  if (search.error) return { conf, iou: errorIou(iou), error: search.error, sort };
  return { conf, iou, class: search.class, outcome: search.outcome, sort };
}

/** Whether the highlighted boxes of these images are mistakes. */
export function showsMistakes(search: ValidationSearch): boolean {
  const cell = parseCell(search.cell);
  return cell ? cell[0] !== cell[1] : search.outcome !== "tp";
}
