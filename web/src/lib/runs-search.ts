/** Which runs a link to the list of MLflow's runs shows. */

export interface RunsSearch {
  /** Id of an experiment. */
  experiment?: string;
  /** A part of the name. */
  search?: string;
}

export type RunsPatch = { [K in keyof RunsSearch]: RunsSearch[K] | undefined };

/** Keeps what is well formed; ids and names may look like numbers. */
export function readRunsSearch(raw: Record<string, unknown>): RunsSearch {
  const search: RunsSearch = {};
  const experiment = textOf(raw.experiment);
  if (/^[0-9A-Za-z_-]{1,64}$/.test(experiment)) search.experiment = experiment;
  const text = textOf(raw.search).slice(0, 200);
  if (text !== "") search.search = text;
  return search;
}

export function patchRuns(search: RunsSearch, patch: RunsPatch): RunsSearch {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined && value !== ""),
  );
}

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
