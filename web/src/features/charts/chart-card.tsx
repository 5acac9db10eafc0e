import { memo, useMemo, useRef, useState } from "react";
import type { MetricSeries } from "../../api/types";
import { Icon } from "../../components/icon";
import { LinePlot } from "../../components/line-plot";
import {
  type Cell,
  type ChartColumns,
  columnsOf,
  lastValue,
  positiveOnly,
  smooth,
} from "../../lib/chart-data";
import { type ChartSpec, isDashed } from "../../lib/chart-groups";
import { formatClock, formatCount, formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n";
import type { Line, LineChart } from "../../lib/line-options";
import { useInView } from "../../lib/use-in-view";
import classes from "./charts-panel.module.css";

const HEIGHT = 190;
const SMOOTHING = 0.7;
const COLORS = 6;

interface Props {
  spec: ChartSpec;
  bestEpoch: number | null;
  log: boolean;
  smooth: boolean;
}

export const ChartCard = memo(
  function ChartCard({ spec, bestEpoch, log, smooth: smoothed }: Props) {
    const host = useRef<HTMLDivElement>(null);
    const inView = useInView(host);
    const [cursor, setCursor] = useState<number | null>(null);
    const columns = useColumns(spec);
    const logged = log && columns.ys.some((column) => column.some((value) => (value ?? 0) > 0));
    const drawn = useMemo(() => drawnOf(spec, columns, logged, smoothed), [spec, columns, logged, smoothed]);
    const x = cursor === null ? null : (columns.x[cursor] ?? null);
    return (
      <article className={classes.card} data-testid="chart" data-key={spec.id} ref={host}>
        <div className={classes.head}>
          <h3 className={classes.title} title={spec.id}>
            {spec.title}
          </h3>
          <span className={classes.at}>{x === null ? null : placeOf(columns, x)}</span>
        </div>
        <Legend spec={spec} columns={columns} cursor={cursor} />
        <div className={classes.plot} style={{ height: HEIGHT }}>
          {inView ? (
            <LinePlot
              chart={drawn.chart}
              x={columns.x}
              ys={drawn.ys}
              height={HEIGHT}
              label={t("charts.canvas", {
                keys: spec.series.map((one) => one.key).join(", "),
                axis: t(`charts.axis.${columns.axis}`),
              })}
              marker={columns.axis === "epoch" ? bestEpoch : null}
              onCursor={setCursor}
            />
          ) : null}
        </div>
      </article>
    );
  },
  (before, after) =>
    before.bestEpoch === after.bestEpoch &&
    before.log === after.log &&
    before.smooth === after.smooth &&
    sameSeries(before.spec.series, after.spec.series),
);

/** A merge of live points keeps the identity of the series that got none. */
const sameSeries = (one: readonly MetricSeries[], other: readonly MetricSeries[]): boolean =>
  one.length === other.length && one.every((series, at) => series === other[at]);

const useColumns = (spec: ChartSpec): ChartColumns => useMemo(() => columnsOf(spec.series), [spec]);

function drawnOf(spec: ChartSpec, columns: ChartColumns, log: boolean, smoothed: boolean) {
  const lines: Line[] = [];
  const ys: Cell[][] = [];
  spec.series.forEach((one, at) => {
    const line: Line = { label: one.key, color: colorOf(at), dashed: isDashed(one.key, spec) };
    const column = columns.ys[at] ?? [];
    const visible = (values: Cell[]) => (log ? positiveOnly(values) : values);
    if (smoothed) {
      lines.push({ ...line, faint: true });
      ys.push(visible(column));
    }
    lines.push(line);
    ys.push(visible(smoothed ? smooth(column, SMOOTHING) : column));
  });
  const chart: LineChart = {
    lines,
    log,
    xKind: columns.axis === "time" ? "time" : "whole",
    syncKey: `job-charts-${columns.axis}`,
  };
  return { chart, ys };
}

const colorOf = (at: number): string => `--series-${(at % COLORS) + 1}`;

function placeOf({ axis }: ChartColumns, x: number): string {
  return axis === "time" ? formatClock(x * 1000) : `${t(`charts.axis.${axis}`)} ${formatCount(x)}`;
}

function Legend({
  spec,
  columns,
  cursor,
}: {
  spec: ChartSpec;
  columns: ChartColumns;
  cursor: number | null;
}) {
  const gaps = columns.ys.reduce((sum, column) => sum + column.filter((value) => value === null).length, 0);
  const alone = spec.series.length === 1;
  return (
    <div className={classes.legend}>
      {spec.series.map((one, at) => {
        const column = columns.ys[at] ?? [];
        const value = cursor === null ? lastValue(column) : column[cursor];
        return (
          <span key={one.key} className={classes.item}>
            <span
              className={classes.swatch}
              data-dashed={isDashed(one.key, spec) || undefined}
              style={{ borderTopColor: `var(${colorOf(at)})` }}
              aria-hidden="true"
            />
            {alone ? null : shortName(one.key, spec)}
            <b>{formatMetric(value)}</b>
          </span>
        );
      })}
      {gaps > 0 ? (
        <span className={classes.gaps} title={t("charts.gaps", { count: gaps })}>
          <Icon name="warning" size={12} /> NaN × {gaps}
        </span>
      ) : null}
    </div>
  );
}

/** What tells the lines of one chart apart: train or val, or the rest of an lr/ key. */
function shortName(key: string, spec: ChartSpec): string {
  const [head = key, ...rest] = key.split("/");
  return spec.title === "lr" ? rest.join("/") : head;
}
