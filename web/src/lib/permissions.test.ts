import { expect, it } from "vitest";
import type { Me, Role, Scope } from "../api/types";
import { administers, mayIn, writable } from "./permissions";

const ALL: Scope[] = ["read", "write", "run_code", "admin"];

function person(role: Role, patch: Partial<Me> = {}): Me {
  return {
    id: 7,
    name: "ada",
    display_name: null,
    email: null,
    kind: "user",
    mode: "users",
    is_admin: false,
    mlflow: false,
    scopes: ALL,
    projects: [{ id: 1, name: "cells", role, run_code: false }],
    ...patch,
  };
}

const allowed = (me: Me, project = 1) => ALL.filter((what) => mayIn(me, what, project));

it("gives nothing in a project that one is no member of", () => {
  expect(allowed(person("admin"), 2)).toEqual([]);
});

it("gives each role what the ones before it have", () => {
  expect(allowed(person("viewer"))).toEqual(["read"]);
  expect(allowed(person("editor"))).toEqual(["read", "write"]);
  expect(allowed(person("admin"))).toEqual(["read", "write", "admin"]);
});

it("has running code apart from the roles", () => {
  const projects = [{ id: 1, name: "cells", role: "editor" as const, run_code: true }];
  expect(allowed(person("editor", { projects }))).toEqual(["read", "write", "run_code"]);
});

it("takes away what a token's scopes leave out, from administrators of the server too", () => {
  const me = person("admin", { is_admin: true, scopes: ["read"] });
  expect(allowed(me)).toEqual(["read"]);
  expect(administers(me)).toBe(false);
});

it("lets administrators of the server do everything everywhere", () => {
  const me = person("viewer", { is_admin: true });
  expect(allowed(me, 99)).toEqual(ALL);
  expect(administers(me)).toBe(true);
});

it("knows the projects into which something can be put", () => {
  const projects = [
    { id: 1, name: "cells", role: "viewer" as const, run_code: false },
    { id: 2, name: "roads", role: "editor" as const, run_code: false },
  ];
  expect(writable(person("viewer", { projects })).map((one) => one.name)).toEqual(["roads"]);
});
