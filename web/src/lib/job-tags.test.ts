import { expect, it } from "vitest";
import { MOST_TAGS, normaliseTags, tagFault } from "./job-tags";

it("takes tags as the server keeps them", () => {
  expect(normaliseTags([" Night   Shift,", "b,a", "A", ""])).toEqual(["a", "b", "night shift"]);
});

it("says what is wrong with them", () => {
  expect(tagFault(["a"])).toBeNull();
  expect(tagFault(["x".repeat(51)])).toContain("50");
  expect(tagFault(Array.from({ length: MOST_TAGS + 1 }, (_, n) => `t${n}`))).toContain("21");
});
