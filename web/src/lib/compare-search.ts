/** Which jobs and runs a link to the comparison shows, and how. */

export const MOST_COMPARED = 10;
export const FATES = ["broken", "fixed", "never", "always"] as const;
export type Fate = (typeof FATES)[number];

export interface CompareSearch {
  /** Numbers of jobs, separated by commas. */
  jobs?: string;
  /** Ids of MLflow runs, likewise; they have charts and parameters alone. */
  runs?: string;
  /** The job that the others are measured against; absent: the first. */
  base?: number;
  /** Whether parameters that are the same everywhere are shown too. */
  same?: true;
  /** The job whose images are compared with the baseline's. */
  with?: number;
  fate?: Fate;
  sort?: "better";
  /** Epochs of the images compared, where not the best ones. */
  epoch?: number;
  baseEpoch?: number;
}

export type ComparePatch = { [K in keyof CompareSearch]: CompareSearch[K] | undefined };

/** Keeps what is well formed; of a list what isn't, not the rest. */
export function readCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const search: CompareSearch = {};
  const jobs = partsOf(raw.jobs).map(Number).filter(isId);
  const runs = partsOf(raw.runs).filter((id) => /^[0-9A-Za-z_-]{1,64}$/.test(id));
  if (jobs.length > 0) search.jobs = [...new Set(jobs)].join(",");
  if (runs.length > 0) search.runs = [...new Set(runs)].join(",");
  for (const name of ["base", "with", "epoch", "baseEpoch"] as const) {
    const value = Number(raw[name] ?? Number.NaN);
    if (isId(value)) search[name] = value;
  }
  if (raw.same === true || raw.same === "true") search.same = true;
  const fate = FATES.find((one) => one === raw.fate);
  if (fate) search.fate = fate;
  if (raw.sort === "better") search.sort = "better";
  return search;
}

export const jobIdsOf = (search: CompareSearch): number[] => partsOf(search.jobs).map(Number);
export const runIdsOf = (search: CompareSearch): string[] => partsOf(search.runs);

export function patchCompare(search: CompareSearch, patch: ComparePatch): CompareSearch {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** The same comparison with other jobs; what was said of one that is gone goes with it. */
export function withJobs(search: CompareSearch, ids: readonly number[]): CompareSearch {
  const kept = (id: number | undefined) => (id !== undefined && ids.includes(id) ? id : undefined);
  const base = kept(search.base);
  const other = kept(search.with);
  const moved = base !== search.base || other !== search.with;
  return patchCompare(search, {
    jobs: ids.join(","),
    base,
    with: other,
    ...(moved ? { epoch: undefined, baseEpoch: undefined } : {}),
  });
}

const isId = (value: number): boolean => Number.isInteger(value) && value > 0 && value < 2 ** 31;

function partsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" || typeof value === "number"
    ? String(value)
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean)
    : [];
}
