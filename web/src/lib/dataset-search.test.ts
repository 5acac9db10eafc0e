import { expect, it } from "vitest";
import { patchSearch, readDatasetSearch, readImportSearch } from "./dataset-search";

it("reads a filter from the address", () => {
  const raw = { split: "val", class: "3", problem: "any", empty: "true", search: "cat", sort: "size" };
  expect(readDatasetSearch(raw)).toEqual({ ...raw, class: 3, empty: true });
});

it("takes names that look like numbers as names", () => {
  expect(readDatasetSearch({ split: 2024, snapshot: 123456 })).toEqual({ split: "2024", snapshot: "123456" });
});

it("drops what is malformed", () => {
  expect(
    readDatasetSearch({ split: "", class: "x", empty: "no", sort: "path", change: "moved", severity: 1 }),
  ).toEqual({});
  expect(readDatasetSearch({ class: "" })).toEqual({});
  expect(readImportSearch({ source: null, name: {} })).toEqual({});
});

it("clears a key that is patched with undefined", () => {
  expect(patchSearch({ split: "val", class: 1 }, { split: undefined, search: "a" })).toEqual({
    class: 1,
    search: "a",
  });
});
