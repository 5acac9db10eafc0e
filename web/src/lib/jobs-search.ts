/** Which jobs a link shows, in which order: lists are separated by commas, so that an address can be read. */

export const SORTS = ["created", "name", "state", "best", "duration", "epochs"] as const;
export type JobSort = (typeof SORTS)[number];
export const FILTERS = ["state", "trainer", "task", "dataset", "tag"] as const;
export type JobFilter = (typeof FILTERS)[number];
export type Order = "asc" | "desc";

export type JobsSearch = { [Filter in JobFilter]?: string } & {
  project?: number;
  search?: string;
  sort?: JobSort;
  order?: Order;
};

export type JobsPatch = { [K in keyof JobsSearch]: JobsSearch[K] | undefined };

/** Keeps what is well formed. */
export function readJobsSearch(raw: Record<string, unknown>): JobsSearch {
  const search: JobsSearch = {};
  const project = Number(raw.project ?? Number.NaN);
  if (Number.isInteger(project) && project > 0) search.project = project;
  for (const name of [...FILTERS, "search"] as const) {
    const text = textOf(raw[name]);
    if (text !== "") search[name] = text;
  }
  const sort = SORTS.find((one) => one === raw.sort);
  if (sort !== undefined && sort !== "created") search.sort = sort;
  if (raw.order === "asc" || raw.order === "desc") search.order = raw.order;
  return search;
}

export const listOf = (text: string | undefined): string[] =>
  text === undefined ? [] : [...new Set(text.split(",").filter((part) => part !== ""))];

export function patchJobs(search: JobsSearch, patch: JobsPatch): JobsSearch {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** Whether only some jobs are shown. */
export const isFiltered = (search: JobsSearch): boolean =>
  [...FILTERS, "search" as const].some((name) => search[name] !== undefined);

/** The way that a sort goes unless said otherwise. */
export const usualOrder = (sort: JobSort): Order => (sort === "name" || sort === "state" ? "asc" : "desc");

/** What a click on a column's head does: sort by it, then the other way round. */
export function sortBy(search: JobsSearch, sort: JobSort): JobsPatch {
  const now = search.sort ?? "created";
  if (now !== sort) return { sort: sort === "created" ? undefined : sort, order: undefined };
  const order = search.order ?? usualOrder(sort);
  const other = order === "asc" ? "desc" : "asc";
  return { order: other === usualOrder(sort) ? undefined : other };
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
