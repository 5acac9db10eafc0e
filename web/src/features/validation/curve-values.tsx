import { Button } from "@mantine/core";
import { ToolButton } from "../../components/tool-button";
import { formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import { type Line, pointAt } from "./curve-lines";
import classes from "./curves-panel.module.css";
import { sliderScore } from "./slider-score";

interface Props {
  lines: readonly Line[];
  score: number;
  onUse: (score: number) => void;
  onRemove: (classId: number) => void;
}

/** The key of the lines, which is a table: where each is at the present score, and where its F1 is best. */
export function CurveValues({ lines, score, onUse, onRemove }: Props) {
  return (
    <div className="scroll-x">
      <table className="table" data-testid="curve-values" data-conf={score.toFixed(2)}>
        <caption className="visually-hidden">{t("lines.values")}</caption>
        <thead>
          <tr>
            <th>
              {t("curves.class")} <small>{t("lines.at", { score: score.toFixed(2) })}</small>
            </th>
            <th className="number">{t("perClass.precision")}</th>
            <th className="number">{t("perClass.recall")}</th>
            <th className="number">{t("perClass.f1")}</th>
            <th className="number">{t("lines.best_f1")}</th>
            <td aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {lines.map(({ classId, name, color, dashed, curves }) => {
            const point = pointAt(curves, score);
            const best = curves.best_f1.score;
            return (
              <tr key={classId ?? "all"} data-class={classId ?? "all"}>
                <td className={classes.line} data-bold={classId === null || undefined}>
                  <i
                    style={{ borderTopColor: `var(${color})` }}
                    data-dashed={dashed || undefined}
                    aria-hidden="true"
                  />
                  {name}
                </td>
                <td className="number">{formatShare(point.precision)}</td>
                <td className="number">{formatShare(point.recall)}</td>
                <td className="number">{formatShare(point.f1)}</td>
                <td className="number">
                  {formatShare(curves.best_f1.value)}
                  {best === null ? null : (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      ml={6}
                      aria-label={t("lines.use", { score: sliderScore(best).toFixed(2), name })}
                      title={t("lines.use", { score: sliderScore(best).toFixed(2), name })}
                      onClick={() => onUse(best)}
                    >
                      {t("lines.at", { score: sliderScore(best).toFixed(2) })}
                    </Button>
                  )}
                </td>
                <td className={classes.remove}>
                  {classId === null ? null : (
                    <ToolButton
                      icon="close"
                      label={t("lines.remove", { name })}
                      onClick={() => onRemove(classId)}
                    />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
