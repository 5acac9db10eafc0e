import type { Me, Scope } from "../../api/types";

const ORDER: readonly Scope[] = ["read", "write", "run_code", "admin"];
/** What a scope cannot do without; reading always. */
const IMPLIED: Partial<Record<Scope, readonly Scope[]>> = { run_code: ["write"], admin: ["write"] };

/** The scopes and what they cannot do without, in the order of their power. */
export function withImplied(scopes: readonly Scope[]): Scope[] {
  const all = new Set<Scope>(["read", ...scopes, ...scopes.flatMap((scope) => IMPLIED[scope] ?? [])]);
  return ORDER.filter((scope) => all.has(scope));
}

/** What is chosen after a click: who takes a scope away takes those away that can't do without it. */
export function chooseScopes(before: readonly Scope[], clicked: readonly Scope[]): Scope[] {
  const gone = before.filter((scope) => !clicked.includes(scope));
  return withImplied(clicked.filter((scope) => !(IMPLIED[scope] ?? []).some((one) => gone.includes(one))));
}

/** The scopes that would be of use: a token never can more than its owner. */
export function offeredScopes(me: Me): Scope[] {
  const roles = new Set(me.projects.map((one) => one.role));
  const useful: Record<Scope, boolean> = {
    read: true,
    write: me.is_admin || roles.has("editor") || roles.has("admin"),
    run_code: me.is_admin || me.projects.some((one) => one.run_code),
    admin: me.is_admin || roles.has("admin"),
  };
  return ORDER.filter((scope) => useful[scope] && me.scopes.includes(scope));
}
