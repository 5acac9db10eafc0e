import { expect, it } from "vitest";
import type { Me } from "../../api/types";
import { chooseScopes, offeredScopes, withImplied } from "./scopes";

const ada: Me = {
  id: 1,
  name: "ada",
  display_name: null,
  email: null,
  kind: "user",
  mode: "users",
  is_admin: false,
  mlflow: false,
  scopes: ["read", "write", "run_code", "admin"],
  projects: [{ id: 1, name: "cells", role: "viewer", run_code: false }],
};

it("offers a viewer nothing but reading", () => {
  expect(offeredScopes(ada)).toEqual(["read"]);
});

it("offers an editor to run code only where that was granted", () => {
  const editor = { id: 2, name: "roads", role: "editor" as const, run_code: false };
  expect(offeredScopes({ ...ada, projects: [editor] })).toEqual(["read", "write"]);
  expect(offeredScopes({ ...ada, projects: [{ ...editor, run_code: true }] })).toEqual([
    "read",
    "write",
    "run_code",
  ]);
});

it("adds what a scope cannot do without", () => {
  expect(withImplied([])).toEqual(["read"]);
  expect(withImplied(["admin"])).toEqual(["read", "write", "admin"]);
  expect(withImplied(["run_code"])).toEqual(["read", "write", "run_code"]);
});

it("takes away with a scope those that cannot do without it", () => {
  expect(chooseScopes(["read", "write", "run_code"], ["read", "run_code"])).toEqual(["read"]);
  expect(chooseScopes(["read"], ["read", "run_code"])).toEqual(["read", "write", "run_code"]);
});
