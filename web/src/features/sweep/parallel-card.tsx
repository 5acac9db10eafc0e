import { Button } from "@mantine/core";
import type { Sweep, Trial } from "../../api/types";
import { Card } from "../../components/card";
import { t } from "../../lib/i18n-sweeps";
import type { Axis } from "../../lib/sweep-axes";
import { AxisRanges } from "./axis-ranges";
import classes from "./parallel.module.css";
import { ParallelPlot } from "./parallel-plot";
import sweepClasses from "./sweep.module.css";

/** The part of an axis that is looked at, from 0 to 1. */
export type Brush = readonly [number, number];
export type Brushes = Readonly<Record<string, Brush>>;

interface Props {
  sweep: Sweep;
  axes: readonly Axis[];
  shown: readonly Trial[];
  lit: number | null;
  onLight: (number: number | null) => void;
  brushes: Brushes;
  onBrush: (brushes: Brushes) => void;
}

export function ParallelCard({ sweep, axes, shown, lit, onLight, brushes, onBrush }: Props) {
  const brushed = axes.filter((axis) => brushes[axis.key]);
  const without = (key: string) =>
    Object.fromEntries(Object.entries(brushes).filter(([name]) => name !== key)) as Brushes;
  const brush = (key: string, part: Brush | null) =>
    onBrush(part ? { ...brushes, [key]: part } : without(key));
  if (sweep.items.length === 0) return null;
  return (
    <Card
      title={t("sweep.parallelTitle")}
      note={t("sweep.parallelNote")}
      className={sweepClasses.wide ?? ""}
      actions={
        <>
          <Legend />
          <AxisRanges axes={axes} brushes={brushes} onBrush={brush} />
        </>
      }
    >
      <ParallelPlot
        sweep={sweep}
        axes={axes}
        shown={shown}
        lit={lit}
        onLight={onLight}
        brushes={brushes}
        onBrush={brush}
      />
      {brushed.length > 0 ? (
        <div className={classes.brushes} data-testid="brushes">
          <span role="status">{t("sweep.brushed", { shown: shown.length, count: sweep.items.length })}</span>
          {brushed.map((axis) => (
            <Button
              key={axis.key}
              size="compact-xs"
              variant="default"
              onClick={() => onBrush(without(axis.key))}
            >
              {t("sweep.clearBrush", { name: axis.name })}
            </Button>
          ))}
          <Button size="compact-xs" variant="subtle" onClick={() => onBrush({})}>
            {t("sweep.clearAll")}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Legend() {
  return (
    <span className={classes.legend}>
      {t("sweep.worse")}
      <span className={classes.gradient} aria-hidden="true" />
      {t("sweep.better")}
    </span>
  );
}
