/** What the form of a new job begins with. */

export interface NewJobSearch {
  project?: number;
  /** Number of a dataset to train on. */
  dataset?: number;
  /** Number of a job whose settings are taken. */
  clone?: number;
  /** Number of a checkpoint to begin with, and of its job. */
  from?: number;
  job?: number;
}

/** Keeps what is well formed. */
export function readNewJobSearch(raw: Record<string, unknown>): NewJobSearch {
  const search: NewJobSearch = {};
  for (const name of ["project", "dataset", "clone", "from", "job"] as const) {
    const number = Number(raw[name] ?? Number.NaN);
    if (Number.isInteger(number) && number > 0) search[name] = number;
  }
  return search;
}
