import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useResultOperatingPoints } from "../../api/result-operating-points";
import type { OperatingPoint } from "../../api/types";
import { formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import type { AnalysisProps } from "./analysis";
import classes from "./analysis.module.css";
import { AnalysisCard } from "./analysis-card";
import { sliderScore } from "./slider-score";
import { hasPlace, overlapName, thresholdsOf } from "./view-state";

/** Of more classes than this some are shown when somebody asks for them. */
const MOST = 50;
/** F0.5 asks for few false alarms, F2 for few misses. */
const BETAS = ["0.5", "1", "2"] as const;

/** The score from which on predictions are best believed, of all classes together and of each. */
export function OperatingCard({ jobId, epoch, classNames, enabled, task, search, onChange }: AnalysisProps) {
  const beta = search.beta ?? "1";
  const [all, setAll] = useState(false);
  const { iou } = thresholdsOf(search, task);
  const query = useResultOperatingPoints(jobId, epoch, Number(beta), iou, enabled);
  const use = (score: number) => onChange({ conf: sliderScore(score) });
  return (
    <AnalysisCard
      title={t("operating.title")}
      note={(data) =>
        hasPlace(task)
          ? t("operating.at", { beta: data.beta, name: overlapName(task), iou: data.iou.toFixed(2) })
          : t("operating.atScore", { beta: data.beta })
      }
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("operating.beta")}
          value={beta}
          onChange={(value) => onChange({ beta: value === "0.5" || value === "2" ? value : undefined })}
          data={BETAS.map((value) => ({ value, label: t("operating.f", { beta: value }) }))}
        />
      }
      query={query}
      testId="operating-points"
    >
      {(data) => (
        <div className={`scroll-x ${classes.long}`}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("perClass.class")}</th>
                <th className="number">{t("image.score")}</th>
                <th className="number">{t("operating.f", { beta: data.beta })}</th>
                <th className="number">{t("perClass.precision")}</th>
                <th className="number">{t("perClass.recall")}</th>
                <td aria-hidden="true" />
              </tr>
            </thead>
            <tbody>
              <Row name={t("curves.all")} point={data.overall} onUse={use} strong />
              {classNames.length > 1
                ? data.per_class.slice(0, all ? undefined : MOST).map((point, at) => (
                    <Row
                      // biome-ignore lint/suspicious/noArrayIndexKey: a class is known by its number
                      key={at}
                      name={classNames[at] ?? String(at)}
                      point={point}
                      onUse={use}
                    />
                  ))
                : null}
            </tbody>
          </table>
          {!all && data.per_class.length > MOST ? (
            <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
              {t("common.showAll", { count: data.per_class.length })}
            </Button>
          ) : null}
        </div>
      )}
    </AnalysisCard>
  );
}

interface RowProps {
  name: string;
  point: OperatingPoint;
  onUse: (score: number) => void;
  strong?: boolean;
}

function Row({ name, point, onUse, strong = false }: RowProps) {
  const { score } = point;
  return (
    <tr>
      <td className={strong ? classes.strong : undefined}>{name}</td>
      <td className="number">{formatShare(score)}</td>
      <td className="number">{formatShare(point.f)}</td>
      <td className="number">{formatShare(point.precision)}</td>
      <td className="number">{formatShare(point.recall)}</td>
      <td className={classes.use}>
        {score === null ? null : (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={t("operating.use", { score: sliderScore(score).toFixed(2), name })}
            title={t("operating.use", { score: sliderScore(score).toFixed(2), name })}
            onClick={() => onUse(score)}
          >
            {t("curves.useBest")}
          </Button>
        )}
      </td>
    </tr>
  );
}
