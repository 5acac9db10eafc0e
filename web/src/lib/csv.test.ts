import { expect, it } from "vitest";
import { toCsv } from "./csv";

it("puts quotes around what has commas, quotes or lines", () => {
  expect(
    toCsv([
      ["a", 'say "b", c'],
      ["d\ne", ""],
    ]),
  ).toBe('a,"say ""b"", c"\r\n"d\ne",\r\n');
});

it("lets no cell become a formula", () => {
  expect(toCsv([["=1+1", "@x", "-A1", "-2", "a=b"]])).toBe("'=1+1,'@x,'-A1,-2,a=b\r\n");
});

it("leaves negative numbers as they are", () => {
  expect(toCsv([["-0.5", "-1e-7", "-Infinity", "-1+2"]])).toBe("-0.5,-1e-7,-Infinity,'-1+2\r\n");
});
