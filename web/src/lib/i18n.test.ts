import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { t } from "./i18n";
import { t as ofCharts } from "./i18n-charts";
import { t as ofDatasets } from "./i18n-datasets";
import { t as ofPeople } from "./i18n-people";
import { t as ofValidation } from "./i18n-validation";
import { chartsEn } from "./messages-charts-en";
import { datasetsEn } from "./messages-datasets-en";
import { en } from "./messages-en";
import { epochsEn } from "./messages-epochs-en";
import { peopleEn } from "./messages-people-en";
import { validationEn } from "./messages-validation-en";

const SRC = join(import.meta.dirname, "..");

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
  expect(ofPeople("users.count", { count: 1 })).toBe("1 user");
  const parts = [chartsEn, datasetsEn, epochsEn, peopleEn, validationEn].flatMap(Object.keys);
  expect(parts.filter((key) => key in en)).toEqual([]);
});

it("holds no message that nothing shows", () => {
  const text = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes("messages-"))
    .map((file) => readFileSync(join(SRC, file), "utf8"))
    .join("\n");
  const families = [...text.matchAll(/`([a-zA-Z]+\.(?:[a-zA-Z]+\.)*)\$\{/g)].map((match) => match[1] ?? "");
  const unused = [en, chartsEn, datasetsEn, epochsEn, peopleEn, validationEn]
    .flatMap(Object.keys)
    .filter((key) => !text.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)));
  expect(unused).toEqual([]);
});
