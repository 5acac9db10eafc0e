import { expect, it } from "vitest";
import { bodyOf, faultOf, INITIAL } from "./options";

const named = { ...INITIAL, project: 3, name: " signs " };

it("needs a project and a name", () => {
  expect(faultOf(INITIAL)).toBe("project");
  expect(faultOf({ ...INITIAL, project: 3 })).toBe("name");
  expect(faultOf(named)).toBeNull();
});

it("looks at percentages and seed only when images are to be divided", () => {
  expect(faultOf({ ...named, val: "30" })).toBeNull();
  expect(faultOf({ ...named, divide: true, val: "30" })).toBe("percent");
  expect(faultOf({ ...named, divide: true, train: "100", val: "0" })).toBe("percent");
  expect(faultOf({ ...named, divide: true, train: "70.5", val: "29.5" })).toBe("percent");
  expect(faultOf({ ...named, divide: true, seed: "-1" })).toBe("seed");
  expect(faultOf({ ...named, divide: true, train: "70", test: "10" })).toBeNull();
});

it("leaves to the server what isn't said", () => {
  expect(bodyOf("/data/signs", named)).toEqual({
    project: 3,
    name: "signs",
    source: "/data/signs",
    format: null,
    task: null,
    split: null,
    seed: 0,
    decode: false,
  });
});

it("turns percentages into fractions", () => {
  const options = { ...named, divide: true, train: "70", val: "20", test: "10", seed: "7" } as const;
  expect(bodyOf("upload:x", options)).toMatchObject({ split: { train: 0.7, val: 0.2, test: 0.1 }, seed: 7 });
});
