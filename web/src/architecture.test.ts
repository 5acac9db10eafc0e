import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = import.meta.dirname;
const LAYERS = ["api", "lib", "components", "features", "app"] as const;
/** Which layers a layer may import from, itself included. */
const ALLOWED: Record<string, readonly string[]> = {
  api: ["api"],
  lib: ["api", "lib"],
  components: ["api", "lib", "components"],
  features: ["api", "lib", "components", "features"],
  app: LAYERS,
};
const GENERATED = new Set(["api/schema.d.ts"]);
const MOST_LINES = 250;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
const sources = files.filter((file) => !GENERATED.has(file) && !/\.test\.tsx?$/.test(file));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map((match) => relative(SRC, resolve(SRC, dirname(file), match[1] ?? "")));
}

const layerOf = (path: string): string => path.split("/")[0] ?? "";
const featureOf = (path: string): string => path.split("/")[1] ?? "";

describe("the web app's layers", () => {
  it("import one way: app, features, components, lib, api", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => !(ALLOWED[layerOf(file)] ?? LAYERS).includes(layerOf(target)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have features that never import each other", () => {
    const wrong = sources
      .filter((file) => layerOf(file) === "features")
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => layerOf(target) === "features" && featureOf(target) !== featureOf(file))
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it("are found by this test", () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(importsOf("main.tsx")).toContain("app/router");
  });

  it(`have components of at most ${MOST_LINES} lines`, () => {
    const long = sources
      .filter((file) => !file.startsWith("lib/messages-"))
      .map((file) => ({ file, lines: readFileSync(join(SRC, file), "utf8").split("\n").length }))
      .filter(({ lines }) => lines > MOST_LINES);
    expect(long).toEqual([]);
  });

  it("hold no text of their own: what people read comes from the message table", () => {
    const spoken = /(?:aria-label|title|placeholder|label|alt)="[A-Za-z]|>\s*[A-Z][a-z]+ [a-z]+[^<>{}=;()]*</;
    const wrong = sources.filter(
      (file) => file.endsWith(".tsx") && spoken.test(readFileSync(join(SRC, file), "utf8")),
    );
    expect(wrong).toEqual([]);
  });
});
