/** Which entries of the audit log a link shows. */

export interface AuditSearch {
  project?: number;
  /** Name of who did it. */
  actor?: string;
  /** An action, or the thing before its dot. */
  action?: string;
  /** Days, as 2026-03-01; both are included. */
  since?: string;
  until?: string;
}

export type AuditPatch = { [K in keyof AuditSearch]: AuditSearch[K] | undefined };

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Keeps what is well formed. */
export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  const search: AuditSearch = {};
  const project = Number(raw.project ?? Number.NaN);
  if (Number.isInteger(project) && project > 0) search.project = project;
  for (const name of ["actor", "action"] as const) {
    const value = raw[name];
    if ((typeof value === "string" && value !== "") || typeof value === "number")
      search[name] = String(value);
  }
  for (const name of ["since", "until"] as const) {
    const value = raw[name];
    if (typeof value === "string" && DAY.test(value) && startOf(value) !== null) search[name] = value;
  }
  return search;
}

export function patchAudit(search: AuditSearch, patch: AuditPatch): AuditSearch {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** When a day begins here, in Unix milliseconds; null for a day that there is not. */
export function startOf(day: string): number | null {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const found = new Date(year, month - 1, date);
  return found.getMonth() === month - 1 && found.getDate() === date ? found.getTime() : null;
}

/** When the day after begins. */
export function endOf(day: string): number | null {
  const start = startOf(day);
  if (start === null) return null;
  const next = new Date(start);
  next.setDate(next.getDate() + 1);
  return next.getTime();
}
