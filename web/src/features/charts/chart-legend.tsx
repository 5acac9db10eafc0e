import { Icon } from "../../components/icon";
import { type ChartColumns, gapsOf, lastValue, valueAt } from "../../lib/chart-data";
import { type ChartLine, type ChartSpec, lineName } from "../../lib/chart-groups";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-charts";
import classes from "./charts-panel.module.css";

interface Props {
  spec: ChartSpec;
  columns: ChartColumns;
  cursor: number | null;
  /** How many points of those that there are. */
  count: { shown: number; total: number } | null;
}

/** Each line's name and its value at the cursor, or its last. */
export function ChartLegend({ spec, columns, cursor, count }: Props) {
  const gaps = spec.lines.reduce((sum, line) => sum + gapsOf(line.series), 0);
  return (
    <div className={classes.legend} data-testid="chart-legend">
      {spec.lines.map((line, at) => {
        const column = columns.ys[at] ?? [];
        const value = cursor === null ? lastValue(column) : valueAt(columns, column, cursor);
        return (
          <span key={`${line.run.id} ${line.series.key}`} className={classes.item}>
            <Swatch line={line} />
            {lineName(line, spec)}
            <b>{formatMetric(value)}</b>
          </span>
        );
      })}
      {gaps > 0 ? (
        <span className={classes.gaps} title={t("charts.gaps", { count: gaps })}>
          <Icon name="warning" size={12} /> NaN × {gaps}
        </span>
      ) : null}
      {count ? (
        <span className={classes.points} data-testid="chart-points" data-whole={count.shown >= count.total}>
          {count.shown >= count.total
            ? t("charts.allPoints", { count: count.shown })
            : t("charts.somePoints", { shown: count.shown, count: count.total })}
        </span>
      ) : null}
    </div>
  );
}

export function Swatch({ line }: { line: Pick<ChartLine, "color" | "dash"> }) {
  return (
    <svg className={classes.swatch} viewBox="0 0 16 4" aria-hidden="true">
      <line
        x1="0"
        x2="16"
        y1="2"
        y2="2"
        stroke={`var(${line.color})`}
        strokeWidth="2"
        strokeDasharray={line.dash.map((length) => Math.max(1, length * 0.6)).join(" ") || undefined}
      />
    </svg>
  );
}
