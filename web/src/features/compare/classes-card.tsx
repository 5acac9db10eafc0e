import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { Card } from "../../components/card";
import { ChoiceRow } from "../../components/choice-row";
import { type ClassCompared, type ClassFigure, compareClasses, figuresOf } from "../../lib/compare-results";
import type { JobResult } from "../../lib/compared";
import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-runs";
import classes from "./compare.module.css";
import { Difference } from "./difference";
import { Swatch } from "./swatch";

/** More rows than that are shown when somebody asks for them. */
const FIRST = 40;

interface Props {
  results: readonly JobResult[];
  /** The place of the baseline among them. */
  baseline: number;
}

/** Classes side by side, at each job's best epoch. */
export function ClassesCard({ results, baseline }: Props) {
  const tables = useMemo(() => results.map(({ result }) => result?.per_class ?? []), [results]);
  const figures = useMemo(() => figuresOf(tables), [tables]);
  const [chosen, setChosen] = useState<ClassFigure>();
  const [sortedBy, setSortedBy] = useState<string>();
  const [all, setAll] = useState(false);
  const figure = chosen && figures.includes(chosen) ? chosen : figures[0];
  const column = results.findIndex(({ training }) => training.id === sortedBy);
  const rows = useMemo(
    () => (figure ? sorted(compareClasses(tables, figure, baseline), column) : []),
    [tables, figure, baseline, column],
  );
  if (figure === undefined) {
    return (
      <Card title={t("comparing.classes")}>
        <p className={classes.none}>{t("comparing.noClasses")}</p>
      </Card>
    );
  }
  return (
    <Card
      title={t("comparing.classes")}
      note={t("comparing.classesNote")}
      actions={
        <ChoiceRow
          label={t("comparing.figure")}
          choices={figures.map((value) => ({ value, label: t(`comparing.figure.${value}`) }))}
          chosen={figure}
          onChoose={setChosen}
          testId="compare-figure"
        />
      }
      flush
    >
      <div className="scroll-x">
        <table className="table" data-testid="compare-classes">
          <thead>
            <tr>
              <th>{t("comparing.class")}</th>
              <th className="number">{t("comparing.truths")}</th>
              {results.map(({ training, job }, at) => (
                <th key={training.id} aria-sort={training.id === sortedBy ? "ascending" : undefined}>
                  <button
                    type="button"
                    className={classes.sort}
                    disabled={at === baseline}
                    title={at === baseline ? undefined : t("comparing.sortDifference", { name: job.name })}
                    onClick={() => setSortedBy(training.id === sortedBy ? undefined : training.id)}
                  >
                    <Swatch training={training} />
                    {job.name}
                    {job.best_epoch === null ? null : (
                      <span className={classes.minor}>{t("metric.epoch", { epoch: job.best_epoch })}</span>
                    )}
                    {training.id === sortedBy ? <span aria-hidden="true">↑</span> : null}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, FIRST)).map((row) => (
              <tr key={row.name}>
                <td className={classes.class}>{row.name}</td>
                <td className="number">{formatCount(row.truths)}</td>
                {row.cells.map((cell, at) => (
                  <td key={results[at]?.training.id}>
                    <Difference compared={cell} format={formatShare} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all && rows.length > FIRST ? (
        <div className={classes.more}>
          <Button size="xs" variant="default" onClick={() => setAll(true)}>
            {t("comparing.moreClasses", { count: rows.length })}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

/** What got worst stands first; what has no difference last. */
function sorted(rows: ClassCompared[], column: number): ClassCompared[] {
  if (column < 0) return rows;
  const of = (row: ClassCompared) => row.cells[column]?.difference ?? Number.POSITIVE_INFINITY;
  return [...rows].sort((a, b) => (of(a) === of(b) ? 0 : of(a) - of(b)));
}
