import { describe, expect, it } from "vitest";
import { isFiltered, listOf, patchJobs, readJobsSearch, sortBy } from "./jobs-search";

describe("the address of the jobs list", () => {
  it("keeps what is well formed", () => {
    const raw = {
      project: "3",
      state: "running,failed",
      dataset: 7,
      tag: " ",
      sort: "best",
      order: "asc",
      search: "a,b",
      x: 1,
    };
    expect(readJobsSearch(raw)).toEqual({
      project: 3,
      state: "running,failed",
      dataset: "7",
      sort: "best",
      order: "asc",
      search: "a,b",
    });
    expect(readJobsSearch({ sort: "colour", order: "up", project: -1 })).toEqual({});
    expect(readJobsSearch({ sort: "created" })).toEqual({});
  });

  it("has lists of different values", () => {
    expect(listOf("a,b,,a")).toEqual(["a", "b"]);
    expect(listOf(undefined)).toEqual([]);
  });

  it("loses what is set to nothing", () => {
    expect(patchJobs({ state: "running", search: "x" }, { state: undefined, search: "" })).toEqual({});
    expect(isFiltered({ project: 1, sort: "name" })).toBe(false);
    expect(isFiltered({ tag: "night" })).toBe(true);
  });

  it("turns the order round at the second click on a head", () => {
    expect(sortBy({}, "name")).toEqual({ sort: "name", order: undefined });
    expect(sortBy({ sort: "name" }, "name")).toEqual({ order: "desc" });
    expect(sortBy({ sort: "name", order: "desc" }, "name")).toEqual({ order: undefined });
    expect(sortBy({}, "created")).toEqual({ order: "asc" });
    expect(sortBy({ sort: "best" }, "created")).toEqual({ sort: undefined, order: undefined });
  });
});
