import { describe, expect, it } from "vitest";
import { quoted, shellWords } from "./shell-words";

describe("words of a command line", () => {
  it("are read as a shell reads them", () => {
    expect(shellWords("python  train.py --name 'a b' \"c \\\"d\\\"\" e\\ f ''")).toEqual([
      "python",
      "train.py",
      "--name",
      "a b",
      'c "d"',
      "e f",
      "",
    ]);
    expect(shellWords("it's")).toBeNull();
    expect(shellWords("  ")).toEqual([]);
  });

  it("are written so that they are read back", () => {
    for (const word of ["plain.yaml", "a b", "it's", 'say "x"', "$HOME", "", "한글", "lr0=0.01"]) {
      expect(shellWords(quoted(word))).toEqual([word]);
    }
  });
});
