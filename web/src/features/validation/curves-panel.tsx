import { memo, useDeferredValue, useMemo } from "react";
import { useResultCurves } from "../../api/result-curves";
import type { PerClassRow } from "../../api/types";
import { Card } from "../../components/card";
import { ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-matrix";
import { parseLines } from "../../lib/validation-search";
import { PrFigure, ScoreFigure } from "./curve-figures";
import { type Line, nearestScore, type Quantity, styleOf } from "./curve-lines";
import { CurveTools } from "./curve-tools";
import { CurveValues } from "./curve-values";
import classes from "./curves-panel.module.css";
import { useLive } from "./live-thresholds";
import { sliderScore } from "./slider-score";
import { hasPlace, overlapName, thresholdsOf, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  classNames: readonly string[];
  perClass: readonly PerClassRow[] | null;
}

const QUANTITIES: readonly Quantity[] = ["f1", "precision", "recall"];

/** Curves of all classes together and of those that somebody chose; the point at the present score on each. */
export function CurvesPanel(props: Props) {
  // The matrix first: the points on the curves may follow a moment later.
  const score = useDeferredValue(useLive().at.conf);
  return <Curves {...props} score={score} />;
}

interface CurvesProps extends Props {
  score: number;
}

const Curves = memo(function Curves(props: CurvesProps) {
  const { jobId, epoch, classNames, perClass, task, search, onChange, score } = props;
  const { iou } = thresholdsOf(search, task);
  const chosen = useMemo(
    () => parseLines(search.lines).filter((id) => id < classNames.length),
    [search.lines, classNames.length],
  );
  const ids = useMemo(() => [null, ...chosen], [chosen]);
  const queries = useResultCurves(jobId, epoch, ids, iou);
  const failed = queries.find((query) => query.isError && !query.data);
  const lines = ids.flatMap((classId, place): Line[] => {
    const curves = queries[place]?.data;
    const name = classId === null ? t("curves.all") : (classNames[classId] ?? String(classId));
    return curves ? [{ classId, name, ...styleOf(place), curves }] : [];
  });
  const choose = (next: readonly number[]) =>
    onChange({ lines: next.length > 0 ? next.join(",") : undefined });
  const use = (score: number) => onChange({ conf: sliderScore(score) });
  const pick = (score: number) => onChange({ conf: Math.min(1, Math.max(0, Math.round(score * 100) / 100)) });
  const all = lines[0];
  return (
    <Card
      title={t("curves.title")}
      note={
        all && hasPlace(task)
          ? t("curves.iou", { name: overlapName(task), iou: all.curves.iou.toFixed(2) })
          : null
      }
      actions={
        classNames.length > 1 ? (
          <CurveTools classNames={classNames} perClass={perClass} chosen={chosen} onChoose={choose} />
        ) : null
      }
    >
      {failed ? <ErrorState error={failed.error} retry={() => void failed.refetch()} /> : null}
      {all ? (
        <>
          <p className={classes.hint}>{t("lines.pick")}</p>
          <div className={classes.grid} data-testid="curves" data-conf={score.toFixed(2)}>
            <PrFigure
              lines={lines}
              score={score}
              onPick={(recall, precision) => {
                const score = nearestScore(lines, recall, precision);
                if (score !== null) pick(score);
              }}
            />
            {QUANTITIES.map((quantity) => (
              <ScoreFigure key={quantity} quantity={quantity} lines={lines} score={score} onPick={pick} />
            ))}
          </div>
          <CurveValues
            lines={lines}
            score={score}
            onUse={use}
            onRemove={(classId) => choose(chosen.filter((id) => id !== classId))}
          />
        </>
      ) : failed ? null : (
        <Loading rows={1} height={230} />
      )}
    </Card>
  );
});
