/** The state of the pages of datasets that a link carries. */
import type { DatasetDetail, Snapshot } from "../api/types";
import { readProjectSearch } from "./project-choice";

export const CHANGES = ["added", "removed", "changed"] as const;
export const SORTS = ["path", "objects", "size"] as const;
export type Change = (typeof CHANGES)[number];
export type Sort = (typeof SORTS)[number];

export interface DatasetSearch {
  /** Hash of the snapshot; absent: the latest. */
  snapshot?: string;
  split?: string;
  class?: number;
  /** A code, or "any". */
  problem?: string;
  /** Only images without objects. */
  empty?: true;
  search?: string;
  sort?: Exclude<Sort, "path">;
  /** Hashes of the snapshots to compare. */
  base?: string;
  head?: string;
  change?: Change;
}

/** A key that is there with `undefined` leaves the address. */
export type SearchPatch = { [K in keyof DatasetSearch]: DatasetSearch[K] | undefined };
export type ChangeSearch = (patch: SearchPatch, push?: boolean) => Promise<void>;

/** What every part of a dataset's pages is given. */
export interface DatasetView {
  dataset: DatasetDetail;
  /** The one that is looked at. */
  snapshot: Snapshot;
  search: DatasetSearch;
  onChange: ChangeSearch;
}

/** Keeps what is well formed of a query; the rest is dropped, as an address may be mistyped. */
export function readDatasetSearch(raw: Record<string, unknown>): DatasetSearch {
  const search: DatasetSearch = {};
  for (const name of ["snapshot", "split", "problem", "search", "base", "head"] as const) {
    const text = textOf(raw[name]);
    if (text !== null) search[name] = text;
  }
  const classId = Number(raw.class ?? -1);
  if (raw.class !== "" && Number.isInteger(classId) && classId >= 0) search.class = classId;
  if (raw.empty === true || raw.empty === "true") search.empty = true;
  if (raw.sort === "objects" || raw.sort === "size") search.sort = raw.sort;
  const change = CHANGES.find((one) => one === raw.change);
  if (change) search.change = change;
  return search;
}

/** The search without the keys that `patch` clears. */
export function patchSearch(search: DatasetSearch, patch: SearchPatch): DatasetSearch {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined),
  );
}

export interface ImportSearch {
  source?: string;
  name?: string;
  /** Number of the project that it goes into. */
  project?: number;
}

export function readImportSearch(raw: Record<string, unknown>): ImportSearch {
  const search: ImportSearch = readProjectSearch(raw);
  const source = textOf(raw.source);
  const name = textOf(raw.name);
  if (source !== null) search.source = source;
  if (name !== null) search.name = name;
  return search;
}

/** Names may look like numbers or like true, which the router then takes them for. */
function textOf(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** The part of the address that other parts of the dataset take over. */
export function carried({ snapshot, split, class: classId }: DatasetSearch): DatasetSearch {
  return patchSearch({}, { snapshot, split, class: classId });
}

/** The part that says which images are shown, and in which order. */
export function imageFilter({ split, class: classId, problem, empty, search, sort }: DatasetSearch) {
  return patchSearch({}, { split, class: classId, problem, empty, search, sort });
}

/** What an image's page keeps of the images it was opened from. */
export function imageSearch(search: DatasetSearch): DatasetSearch {
  return patchSearch(imageFilter(search), { snapshot: search.snapshot });
}
