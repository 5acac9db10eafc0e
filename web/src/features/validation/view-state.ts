/** From the address to what is shown: which epoch, which thresholds, which images. */
import type { ImageFilter } from "../../api/result-images";
import type { ResultList, ResultRow } from "../../api/types";
import { parseCell, type ValidationSearch } from "../../lib/validation-search";

export const DEFAULT_SCORE = 0.25;
export const DEFAULT_IOU = 0.5;

export type ChangeSearch = (patch: SearchPatch, push?: boolean) => void;
/** A key that is there with `undefined` leaves the address. */
export type SearchPatch = { [K in keyof ValidationSearch]: ValidationSearch[K] | undefined };

export interface ViewProps {
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
function newestToShow(items: readonly ResultRow[]): ResultRow | null {
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

export const thresholdsOf = (search: ValidationSearch): Thresholds => ({
  conf: search.conf ?? DEFAULT_SCORE,
  iou: search.iou ?? DEFAULT_IOU,
});

/** The images that the address asks for: of a cell, else of a class or an outcome, else all. */
export function imageFilter(search: ValidationSearch): ImageFilter {
  const cell = parseCell(search.cell);
  const what = cell ? { true: cell[0], pred: cell[1] } : { class: search.class, outcome: search.outcome };
  return { ...thresholdsOf(search), ...what, sort: search.sort ?? "worst" };
}

/** Whether the highlighted boxes of these images are mistakes. */
export function showsMistakes(search: ValidationSearch): boolean {
  const cell = parseCell(search.cell);
  return cell ? cell[0] !== cell[1] : search.outcome !== "tp";
}
