/** What a link to a place in a log carries. */
export interface LogSearch {
  line?: number | undefined;
  find?: string | undefined;
  level?: "warning" | "error" | undefined;
}

/** Keeps what is well formed. */
export function readLogSearch(raw: Record<string, unknown>): LogSearch {
  const search: LogSearch = {};
  const line = Number(raw.line);
  if (Number.isInteger(line) && line > 0 && line < 2 ** 31) search.line = line;
  // An address's `find=404` comes as a number.
  if (typeof raw.find === "string" || typeof raw.find === "number") {
    const find = String(raw.find).slice(0, 200);
    if (find) search.find = find;
  }
  if (raw.level === "warning" || raw.level === "error") search.level = raw.level;
  return search;
}
