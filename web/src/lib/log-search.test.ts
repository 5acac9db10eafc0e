import { expect, it } from "vitest";
import { piecesOf } from "./log-pieces";
import { readLogSearch } from "./log-search";

it("keeps what is well formed of an address", () => {
  expect(readLogSearch({ line: 12, find: 404, level: "error" })).toEqual({
    line: 12,
    find: "404",
    level: "error",
  });
  expect(readLogSearch({ line: -1, find: "", level: "loud" })).toEqual({});
  expect(readLogSearch({ line: "x" })).toEqual({});
});

it("finds a text in a line whatever its case, also where characters mean something in patterns", () => {
  expect(piecesOf("Loss: loss", "LOSS")).toEqual([
    { text: "Loss", found: true, at: 0 },
    { text: ": ", found: false, at: 4 },
    { text: "loss", found: true, at: 6 },
  ]);
  expect(piecesOf("a.b", ".")).toEqual([
    { text: "a", found: false, at: 0 },
    { text: ".", found: true, at: 1 },
    { text: "b", found: false, at: 2 },
  ]);
  expect(piecesOf("plain", "")).toEqual([{ text: "plain", found: false, at: 0 }]);
});
