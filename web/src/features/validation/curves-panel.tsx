import { Button, NativeSelect } from "@mantine/core";
import { useMemo, useState } from "react";
import { useResultCurves } from "../../api/result-curves";
import type { Num } from "../../api/types";
import { Card } from "../../components/card";
import { LinePlot } from "../../components/line-plot";
import { ErrorState, Loading } from "../../components/page-state";
import type { Cell } from "../../lib/chart-data";
import { formatShare, toNumber } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import type { LineChart } from "../../lib/line-options";
import classes from "./curves-panel.module.css";
import { sliderScore } from "./slider-score";
import { hasPlace, overlapName, thresholdsOf, type ViewProps } from "./view-state";

const HEIGHT = 230;

const BY_SCORE: LineChart = {
  lines: [
    { label: t("curves.precision"), color: "--series-1" },
    { label: t("curves.recall"), color: "--series-2", dashed: true },
    { label: t("curves.f1"), color: "--series-3" },
  ],
  xKind: "share",
  yKind: "share",
};
const PR: LineChart = {
  lines: [{ label: t("curves.precision"), color: "--series-1" }],
  xKind: "share",
  yKind: "share",
};

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  classNames: readonly string[];
}

export function CurvesPanel({ jobId, epoch, classNames, task, search, onChange }: Props) {
  const [classId, setClassId] = useState<number | null>(null);
  const { conf, iou } = thresholdsOf(search, task);
  const query = useResultCurves(jobId, epoch, classId, iou);
  const curves = query.data;
  const byScore = useMemo(
    () => (curves ? [column(curves.precision), column(curves.recall), column(curves.f1)] : []),
    [curves],
  );
  const pr = useMemo(() => (curves ? [column(curves.pr.precision)] : []), [curves]);
  const best = curves?.best_f1;
  const bestScore = best?.score ?? null;
  return (
    <Card
      title={t("curves.title")}
      note={
        curves && hasPlace(task)
          ? t("curves.iou", { name: overlapName(task), iou: curves.iou.toFixed(2) })
          : null
      }
      actions={
        <NativeSelect
          size="xs"
          aria-label={t("curves.class")}
          value={classId ?? ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setClassId(value === "" ? null : Number(value));
          }}
          data={[
            { value: "", label: t("curves.all") },
            ...classNames.map((name, id) => ({ value: String(id), label: name })),
          ]}
        />
      }
    >
      {curves ? (
        <div className={classes.grid}>
          <figure className={classes.figure}>
            <figcaption>
              {t("curves.byScore")}
              <Key chart={BY_SCORE} />
              {best && bestScore !== null ? (
                <span className={classes.best}>
                  {t("curves.bestF1", { value: formatShare(best.value), score: bestScore.toFixed(2) })}
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    onClick={() => onChange({ conf: sliderScore(bestScore) })}
                  >
                    {t("curves.useBest")}
                  </Button>
                </span>
              ) : null}
            </figcaption>
            <LinePlot
              chart={BY_SCORE}
              x={curves.scores}
              ys={byScore}
              height={HEIGHT}
              label={t("curves.byScore")}
              marker={conf}
            />
          </figure>
          <figure className={classes.figure}>
            <figcaption>{t("curves.pr")}</figcaption>
            <LinePlot chart={PR} x={curves.pr.recall} ys={pr} height={HEIGHT} label={t("curves.pr")} />
          </figure>
        </div>
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={1} height={HEIGHT} />
      )}
    </Card>
  );
}

function Key({ chart }: { chart: LineChart }) {
  return (
    <span className={classes.key}>
      {chart.lines.map((line) => (
        <span key={line.label}>
          <i style={{ borderTopColor: `var(${line.color})` }} data-dashed={line.dashed || undefined} />
          {line.label}
        </span>
      ))}
    </span>
  );
}

function column(values: readonly (Num | null)[]): Cell[] {
  return values.map((value) => {
    const number = toNumber(value);
    return number !== null && Number.isFinite(number) ? number : null;
  });
}
