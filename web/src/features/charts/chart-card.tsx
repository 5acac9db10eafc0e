import { memo, useMemo, useRef, useState } from "react";
import { LinePlot } from "../../components/line-plot";
import { ErrorState } from "../../components/page-state";
import type { ChartLine, ChartSpec } from "../../lib/chart-groups";
import { epochAt } from "../../lib/chart-marks";
import type { ChartView } from "../../lib/chart-view";
import { firstAtLeast } from "../../lib/epoch-scale";
import { t } from "../../lib/i18n-charts";
import { useSettled } from "../../lib/shared-value";
import { useInView } from "../../lib/use-in-view";
import { CardActions } from "./card-actions";
import { ChartLegend } from "./chart-legend";
import { insteadOf, marksOf, placeText } from "./chart-place";
import classes from "./charts-panel.module.css";
import { drawnOf, rulerOf } from "./drawn-chart";
import { useChartExport } from "./use-chart-export";
import type { ChartSettings } from "./use-chart-settings";
import { useFiner } from "./use-finer";

/** The id of the text that says what keys do on a chart. */
export const KEYS_HELP = "charts-keys-help";

export interface ChartCardProps {
  spec: ChartSpec;
  settings: ChartSettings;
  view: ChartView;
  /** The epoch that the page looks at. */
  epoch?: number | null | undefined;
  onPickEpoch?: ((epoch: number) => void) | undefined;
  height?: number;
  /** The only chart of its page: more points, and the wheel zooms. */
  large?: boolean;
  pinned?: boolean;
  /** By the chart's quantity; without it the chart can't be pinned, enlarged or saved. */
  onPin?: ((quantity: string) => void) | undefined;
  onEnlarge?: ((id: string) => void) | undefined;
  /** The mouse or the focus came to it. */
  onPoint?: ((id: string) => void) | undefined;
}

const SETTLED_MS = 200;

export const ChartCard = memo(function ChartCard(props: ChartCardProps) {
  const { spec, settings, view, epoch = null, onPickEpoch, height = 190, large = false } = props;
  const { pinned = false, onPin, onEnlarge, onPoint } = props;
  const host = useRef<HTMLDivElement>(null);
  const inView = useInView(host);
  const [cursor, setCursor] = useState<number | null>(null);
  const ruler = rulerOf(spec.lines, settings);
  const range = useSettled(view.ranges[ruler], SETTLED_MS);
  const active = inView && (range !== null || large);
  const finer = useFiner({ lines: spec.lines, ruler, range, active, large });
  const { lines } = finer;
  const drawable = inView && lines.some(({ series }) => series.points.length > 0);
  const drawn = useMemo(
    () => (drawable ? drawnOf(lines, ruler, settings, view.syncKey) : null),
    [drawable, lines, ruler, settings, view],
  );
  const marks = useMemo(() => marksOf(lines, ruler, epoch), [lines, ruler, epoch]);
  const saving = useChartExport({ spec, ruler, drawn, marks, view });
  const pick = (x: number) => {
    const picked = epochAt(lines, x, ruler);
    if (picked !== null) onPickEpoch?.(picked);
  };
  const x = cursor === null || !drawn ? null : (drawn.columns.x[cursor] ?? null);
  // Of a run that goes on, the newest values are looked for; of others, those of the epoch that the page looks at.
  const ended = !lines.some(({ run }) => run.live);
  const chosen = ended ? marks.find(({ kind }) => kind === "chosen") : undefined;
  const told = cursor ?? (chosen && drawn ? indexAt(drawn.columns.x, chosen.x) : null);
  const counted = active || finer.shown < finer.total ? finer : null;
  const point = () => onPoint?.(spec.id);
  return (
    <article
      className={classes.card}
      data-testid="chart"
      data-key={spec.id}
      data-axis={ruler}
      ref={host}
      onMouseEnter={point}
      onFocus={point}
    >
      <div className={classes.head}>
        <h3 className={classes.title} title={spec.keys.join(", ")}>
          {spec.title}
        </h3>
        <span className={classes.at} data-testid="chart-at">
          {x === null ? insteadOf(ruler, settings) : placeText(ruler, x)}
        </span>
        {onPin && drawn ? (
          <CardActions
            title={spec.title}
            pinned={pinned}
            onPin={() => onPin(spec.quantity)}
            onEnlarge={onEnlarge ? () => onEnlarge(spec.id) : undefined}
            onPng={() => saving.mutate("png")}
            onCsv={() => saving.mutate("csv")}
            busy={saving.isPending}
          />
        ) : null}
      </div>
      {saving.isError ? <ErrorState error={saving.error} /> : null}
      {drawn ? (
        <ChartLegend
          spec={{ ...spec, lines: [...lines] }}
          columns={drawn.columns}
          cursor={told}
          count={counted}
        />
      ) : (
        <div className={classes.legend} />
      )}
      <div className={classes.plot} style={{ height }} data-pickable={onPickEpoch ? true : undefined}>
        {drawn ? (
          <LinePlot
            chart={drawn.chart}
            x={drawn.columns.x}
            ys={drawn.ys}
            height={height}
            label={t("charts.canvas", { keys: spec.keys.join(", "), axis: t(`charts.axis.${ruler}`) })}
            marks={marks}
            onCursor={setCursor}
            range={view.ranges[ruler]}
            lit={view.lit}
            onPick={onPickEpoch ? pick : undefined}
            wheel={large}
            describedBy={KEYS_HELP}
          />
        ) : null}
      </div>
    </article>
  );
}, sameProps);

/** The last place that isn't behind `x`, to a rounding. */
function indexAt(xs: readonly number[], x: number): number | null {
  const after = firstAtLeast(xs, x + 1e-6);
  return after > 0 ? after - 1 : null;
}

/** A merge of live points keeps the identity of the series that got none, but not that of the charts. */
function sameProps(before: ChartCardProps, after: ChartCardProps): boolean {
  const { spec: one, ...rest } = before;
  const { spec: other, ...others } = after;
  const names = Object.keys({ ...rest, ...others }) as (keyof typeof rest)[];
  return names.every((name) => rest[name] === others[name]) && sameLines(one, other);
}

const sameLines = (one: ChartSpec, other: ChartSpec): boolean =>
  one.id === other.id &&
  one.lines.length === other.lines.length &&
  one.lines.every((line, at) => sameLine(line, other.lines[at]));

const sameLine = (one: ChartLine, other: ChartLine | undefined): boolean =>
  one.series === other?.series &&
  one.color === other.color &&
  one.run.id === other.run.id &&
  one.run.name === other.run.name &&
  one.run.bestEpoch === other.run.bestEpoch &&
  one.run.live === other.run.live;
