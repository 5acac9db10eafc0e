import { expect, it } from "vitest";
import { endOf, patchAudit, readAuditSearch, startOf } from "./audit-search";

it("drops what is not well formed", () => {
  expect(readAuditSearch({ project: "x", actor: "", since: "yesterday", until: "2026-02-31" })).toEqual({});
  expect(readAuditSearch({ project: "3", actor: 12, action: "job", since: "2026-02-01" })).toEqual({
    project: 3,
    actor: "12",
    action: "job",
    since: "2026-02-01",
  });
});

it("takes out what is cleared", () => {
  expect(patchAudit({ actor: "ada", project: 1 }, { actor: "", project: undefined, action: "job" })).toEqual({
    action: "job",
  });
});

it("ends a day where the next one begins, also where clocks change", () => {
  expect(endOf("2026-03-28")).toBe(startOf("2026-03-29"));
  expect(endOf("2026-03-29")).toBe(startOf("2026-03-30"));
  expect(endOf("2026-12-31")).toBe(startOf("2027-01-01"));
});
