import type { ImportReport as Report } from "../../api/types";
import { BarTable } from "../../components/bar-table";
import { Card } from "../../components/card";
import { type Fact, Facts } from "../../components/facts";
import { formatCount, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { splitsOf } from "../../lib/splits";
import classes from "./import.module.css";

/** What an import found, in numbers. */
export function ImportReport({ report }: { report: Report }) {
  const objects = Object.entries(report.objects);
  const problems = Object.entries(report.problems).sort(([, a], [, b]) => b - a);
  return (
    <>
      <Facts boxed facts={factsOf(report)} />
      <div className={classes.columns}>
        <Card title={t("dataset.classTable")} flush>
          <BarTable
            caption={t("dataset.classTable")}
            heads={[t("dataset.class"), t("dataset.objects")]}
            rows={objects.map(([name, count]) => ({ key: name, name, values: [count] }))}
          />
        </Card>
        {problems.length > 0 ? (
          <Card title={t("problems.byCode")} flush>
            <BarTable
              caption={t("problems.byCode")}
              heads={[t("problems.code"), t("problems.number")]}
              rows={problems.map(([code, count]) => ({ key: code, name: code, values: [count] }))}
            />
          </Card>
        ) : null}
      </div>
    </>
  );
}

function factsOf({ format, images, background, objects, sizes, split }: Report): Fact[] {
  const total = Object.values(images).reduce((sum, count) => sum + count, 0);
  const facts: Fact[] = [
    [t("import.format"), isFormat(format) ? t(`format.${format}`) : format],
    [t("dataset.images"), formatCount(total)],
    ...splitsOf(images).map(([name, count]): Fact => [name, formatCount(count)]),
    [t("dataset.objects"), formatCount(Object.values(objects).reduce((sum, count) => sum + count, 0))],
    [t("dataset.background"), formatCount(background)],
  ];
  const range = ([least, most]: readonly [number, number]) =>
    least === most ? formatCount(least) : `${formatCount(least)}–${formatCount(most)}`;
  for (const side of ["width", "height"] as const) {
    const found = sizes[side];
    if (found) facts.push([t(`dataset.${side}`), `${range(found)} px`]);
  }
  facts.push([t("dataset.splits"), splitText(split)]);
  return facts;
}

function splitText({ given, seed, fractions }: Report["split"]): string {
  if (given) return t("import.splitGiven");
  const shares = splitsOf(fractions ?? {})
    .filter(([, share]) => share > 0)
    .map(([name, share]) => `${name} ${formatPercent(share)}`);
  return t("import.splitMade", { shares: shares.join(", "), seed: String(seed ?? 0) });
}

const isFormat = (text: string): text is "yolo" | "coco" | "voc" | "imagefolder" =>
  ["yolo", "coco", "voc", "imagefolder"].includes(text);
