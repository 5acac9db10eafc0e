/** What somebody may do in a project: by role, and by what they showed at the login. The server decides; this is for what to offer. */
import type { Me, Role, Scope } from "../api/types";

const ROLES: Record<Exclude<Scope, "run_code">, readonly Role[]> = {
  read: ["viewer", "editor", "admin"],
  write: ["editor", "admin"],
  admin: ["admin"],
};

export function mayIn(me: Me, what: Scope, projectId: number): boolean {
  if (!me.scopes.includes(what)) return false;
  if (me.is_admin) return true;
  const mine = me.projects.find((one) => one.id === projectId);
  if (!mine) return false;
  return what === "run_code" ? mine.run_code : ROLES[what].includes(mine.role);
}

/** Whether somebody manages users and projects of the whole server. */
export const administers = (me: Me): boolean => me.is_admin && me.scopes.includes("admin");

/** The projects into which something can be put. */
export const writable = (me: Me) => me.projects.filter((one) => mayIn(me, "write", one.id));
