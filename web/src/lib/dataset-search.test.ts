import { expect, it } from "vitest";
import {
  carried,
  imageFilter,
  imageSearch,
  patchSearch,
  readDatasetSearch,
  readImportSearch,
} from "./dataset-search";

it("reads a filter from the address", () => {
  const raw = { split: "val", class: "3", problem: "any", empty: "true", search: "cat", sort: "size" };
  expect(readDatasetSearch(raw)).toEqual({ ...raw, class: 3, empty: true });
});

it("takes names that look like numbers as names", () => {
  expect(readDatasetSearch({ split: 2024, snapshot: 123456 })).toEqual({ split: "2024", snapshot: "123456" });
});

it("drops what is malformed", () => {
  expect(readDatasetSearch({ split: "", class: "x", empty: "no", sort: "path", change: "moved" })).toEqual(
    {},
  );
  expect(readDatasetSearch({ class: "" })).toEqual({});
  expect(readImportSearch({ source: null, name: {} })).toEqual({});
});

it("clears a key that is patched with undefined", () => {
  expect(patchSearch({ split: "val", class: 1 }, { split: undefined, search: "a" })).toEqual({
    class: 1,
    search: "a",
  });
});

it("knows what other parts and an image's page take over", () => {
  const search = {
    snapshot: "aa",
    split: "val",
    class: 2,
    problem: "any",
    sort: "size",
    base: "bb",
  } as const;
  expect(carried(search)).toEqual({ snapshot: "aa", split: "val", class: 2 });
  expect(imageFilter(search)).toEqual({ split: "val", class: 2, problem: "any", sort: "size" });
  expect(imageSearch(search)).toEqual({ ...imageFilter(search), snapshot: "aa" });
});
