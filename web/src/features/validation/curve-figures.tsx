import { useMemo } from "react";
import { t } from "../../lib/i18n-matrix";
import { finite, type Line, pointAt, type Quantity } from "./curve-lines";
import { CurvePlot } from "./curve-plot";
import classes from "./curves-panel.module.css";

interface Props {
  lines: readonly Line[];
  score: number;
}

const strokesOf = (lines: readonly Line[]) => lines.map(({ color, dashed }) => ({ color, dashed }));

/** What `lines` is made of anew only when some answer is another one. */
function useColumns<T>(lines: readonly Line[], make: () => T): T {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers are what the columns are made of
  return useMemo(make, [...lines.map((line) => line.curves), lines.length]);
}

interface ScoreProps extends Props {
  quantity: Quantity;
  onPick: (score: number) => void;
}

export function ScoreFigure({ lines, quantity, score, onPick }: ScoreProps) {
  const ys = useColumns(lines, () => lines.map(({ curves }) => finite(curves[quantity])));
  const points = lines.map(({ curves }): [number, number] | null => {
    const value = pointAt(curves, score)[quantity];
    return value === null ? null : [score, value];
  });
  const title = t(`lines.${quantity}`);
  return (
    <figure className={classes.figure}>
      <figcaption>{title}</figcaption>
      <CurvePlot
        label={title}
        x={lines[0]?.curves.scores ?? []}
        ys={ys}
        strokes={strokesOf(lines)}
        bold={lines[0]?.classId === null}
        marker={score}
        points={points}
        xLabel={t("confusion.score")}
        onPick={(x) => onPick(x)}
      />
    </figure>
  );
}

interface PrProps extends Props {
  onPick: (recall: number, precision: number) => void;
}

export function PrFigure({ lines, score, onPick }: PrProps) {
  const ys = useColumns(lines, () => lines.map(({ curves }) => finite(curves.pr.precision)));
  const points = lines.map(({ curves }): [number, number] | null => {
    const { recall, precision } = pointAt(curves, score);
    return recall === null || precision === null ? null : [recall, precision];
  });
  return (
    <figure className={classes.figure}>
      <figcaption>{t("curves.pr")}</figcaption>
      <CurvePlot
        label={t("curves.pr")}
        x={lines[0]?.curves.pr.recall ?? []}
        ys={ys}
        strokes={strokesOf(lines)}
        bold={lines[0]?.classId === null}
        marker={null}
        points={points}
        xLabel={t("perClass.recall")}
        onPick={onPick}
      />
    </figure>
  );
}
