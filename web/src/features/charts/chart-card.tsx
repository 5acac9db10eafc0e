import { memo, type ReactNode, useMemo, useRef, useState } from "react";
import { LinePlot } from "../../components/line-plot";
import type { Ruler } from "../../lib/chart-data";
import type { ChartLine, ChartSpec } from "../../lib/chart-groups";
import { epochAt, placeOfEpoch } from "../../lib/chart-marks";
import type { ChartView } from "../../lib/chart-view";
import { formatClock, formatCount, formatElapsed } from "../../lib/format";
import { t } from "../../lib/i18n-charts";
import type { Mark } from "../../lib/line-options";
import { useInView } from "../../lib/use-in-view";
import { ChartLegend } from "./chart-legend";
import classes from "./charts-panel.module.css";
import { drawnOf, rulerOf } from "./drawn-chart";
import type { ChartSettings } from "./use-chart-settings";

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
  wheel?: boolean;
  actions?: ReactNode;
}

export const ChartCard = memo(function ChartCard(props: ChartCardProps) {
  const { spec, settings, view, epoch = null, onPickEpoch, height = 190, wheel = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const inView = useInView(host);
  const [cursor, setCursor] = useState<number | null>(null);
  const ruler = rulerOf(spec.lines, settings);
  const { lines } = spec;
  const drawn = useMemo(
    () => (inView ? drawnOf(lines, ruler, settings, view.syncKey) : null),
    [inView, lines, ruler, settings, view],
  );
  const marks = useMemo(() => marksOf(lines, ruler, epoch), [lines, ruler, epoch]);
  const pick = (x: number) => {
    const picked = epochAt(lines, x, ruler);
    if (picked !== null) onPickEpoch?.(picked);
  };
  const x = cursor === null || !drawn ? null : (drawn.columns.x[cursor] ?? null);
  return (
    <article className={classes.card} data-testid="chart" data-key={spec.id} data-axis={ruler} ref={host}>
      <div className={classes.head}>
        <h3 className={classes.title} title={spec.keys.join(", ")}>
          {spec.title}
        </h3>
        <span className={classes.at} data-testid="chart-at">
          {x === null ? insteadOf(ruler, settings) : placeText(ruler, x)}
        </span>
        {props.actions}
      </div>
      {drawn ? (
        <ChartLegend spec={spec} columns={drawn.columns} cursor={cursor} />
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
            wheel={wheel}
            describedBy={KEYS_HELP}
          />
        ) : null}
      </div>
    </article>
  );
}, sameProps);

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

/** The best epoch of each run, and over all of them the one that was chosen. */
function marksOf(lines: readonly ChartLine[], ruler: Ruler, epoch: number | null): Mark[] {
  const marks: Mark[] = [];
  const seen = new Set<string>();
  const several = lines.some((line) => line.run.id !== lines[0]?.run.id);
  for (const line of lines) {
    const { id, bestEpoch } = line.run;
    if (seen.has(id) || bestEpoch === null) continue;
    const x = placeOfEpoch(line, bestEpoch, ruler);
    if (x === null) continue;
    seen.add(id);
    marks.push({ x, kind: "best", color: several ? line.color : "--muted" });
  }
  const [first] = lines;
  const x = first && epoch !== null ? placeOfEpoch(first, epoch, ruler) : null;
  if (x !== null) marks.push({ x, kind: "chosen", color: "--accent" });
  return marks;
}

function placeText(ruler: Ruler, x: number): string {
  if (ruler === "time") return formatClock(x * 1000);
  if (ruler === "elapsed") return formatElapsed(x);
  const shown = ruler === "epoch" && !Number.isInteger(x) ? x.toFixed(2) : formatCount(x);
  return `${t(`charts.axis.${ruler}`)} ${shown}`;
}

/** Why this chart stands by something else than what was chosen. */
function insteadOf(ruler: Ruler, { axis }: ChartSettings): string | null {
  if (ruler === "step" && axis === "epoch") return t("charts.instead.step");
  if ((ruler === "time" || ruler === "elapsed") && axis !== "time") return t("charts.instead.time");
  return null;
}
