import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { t } from "./i18n";
import { t as ofCharts } from "./i18n-charts";
import { t as ofDatasets } from "./i18n-datasets";
import { t as ofImages } from "./i18n-images";
import { t as ofPeople } from "./i18n-people";
import { t as ofRuns } from "./i18n-runs";
import { t as ofValidation } from "./i18n-validation";
import { korean } from "./korean";

const SRC = join(import.meta.dirname, "..");
const TABLES = Object.values(
  import.meta.glob<Record<string, Record<string, string>>>("./messages*-en.ts", { eager: true }),
).flatMap((file) => Object.values(file));
const ENGLISH: Record<string, string> = Object.assign({}, ...TABLES);

it("puts values in their places and chooses the form by count", () => {
  expect(t("jobs.count", { count: 1 })).toBe("1 job");
  expect(t("jobs.count", { count: 1200 })).toBe("1,200 jobs");
  expect(ofValidation("confusion.cell", { true: "3", pred: "8", count: 12 })).toBe(
    "true 3, predicted 8: 12 pairs",
  );
});

it("leaves a place alone that has no value", () => {
  expect(t("job.eta")).toBe("{duration} left");
});

it("has tables of parts, which know the common texts too", () => {
  expect(ofDatasets("datasets.images", { count: 2 })).toBe("2 images");
  expect(ofDatasets("common.retry")).toBe(t("common.retry"));
  expect(ofCharts("charts.found", { count: 1 })).toBe("1 chart found");
  expect(ofImages("suspects.count", { count: 1 })).toBe("1 label to look at");
  expect(ofPeople("users.count", { count: 1 })).toBe("1 user");
  expect(ofRuns("comparing.count", { count: 2 })).toBe("2 trainings");
});

it("has each key in one table only", () => {
  const keys = TABLES.flatMap(Object.keys);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});

it("holds no message that nothing shows", () => {
  const text = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes("messages-"))
    .map((file) => readFileSync(join(SRC, file), "utf8"))
    .join("\n");
  const families = [...text.matchAll(/`([a-zA-Z]+\.(?:[a-zA-Z]+\.)*)\$\{/g)].map((match) => match[1] ?? "");
  const unused = Object.keys(ENGLISH).filter(
    (key) => !text.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)),
  );
  expect(unused).toEqual([]);
});

it("says everything in Korean, with the same values in it", () => {
  const placesOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
  expect(Object.keys(korean).sort()).toEqual(Object.keys(ENGLISH).sort());
  for (const [key, text] of Object.entries(ENGLISH)) {
    expect({ key, places: placesOf(korean[key] ?? "") }).toEqual({ key, places: placesOf(text) });
  }
});

it("leaves no English text in the Korean tables, but for names and terms that are the same", () => {
  const isEnglish = (text: string) => /[a-z]{2}/i.test(text.replace(/\{\w+\}/g, "")) && !/[가-힣]/.test(text);
  const left = Object.entries(korean).filter(([key, text]) => isEnglish(text) && !SAME.has(key));
  expect(left).toEqual([]);
});

/** Keys whose text is a name, a term or an example that is written in Latin letters in Korean too. */
const SAME = new Set([
  "app.name",
  "app.version",
  "error.status",
  "artifacts.sha",
  "image.sha",
  "resources.ofMemory",
  ...["perClass.tp", "perClass.fp", "perClass.fn", "perClass.ap50", "perClass.ap75", "perClass.ap50_95"],
  ...["perClass.f1", "perClass.iou", "perClass.dice", "curves.f1", "errors.delta", "keypoints.pck"],
  ...["overlap.iou", "overlap.oks", "operating.f"],
  ...["format.yolo", "format.coco", "format.voc"],
  ...["import.pathExample", "import.externalExample", "import.train", "import.val", "import.test"],
  "tokens.placeholder",
  "nav.mlflow",
  ...["ap50_95", "ap50", "f1", "iou", "dice"].map((name) => `comparing.figure.${name}`),
]);
