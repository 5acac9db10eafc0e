import { Icon } from "../../components/icon";
import { type ChartColumns, gapsOf, lastValue, valueAt } from "../../lib/chart-data";
import type { ChartLine, ChartSpec } from "../../lib/chart-groups";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-charts";
import classes from "./charts-panel.module.css";

interface Props {
  spec: ChartSpec;
  columns: ChartColumns;
  cursor: number | null;
}

/** Each line's name and its value at the cursor, or its last. */
export function ChartLegend({ spec, columns, cursor }: Props) {
  const gaps = spec.lines.reduce((sum, line) => sum + gapsOf(line.series), 0);
  return (
    <div className={classes.legend} data-testid="chart-legend">
      {spec.lines.map((line, at) => {
        const column = columns.ys[at] ?? [];
        const value = cursor === null ? lastValue(column) : valueAt(columns, column, cursor);
        return (
          <span key={`${line.run.id} ${line.series.key}`} className={classes.item}>
            <Swatch line={line} />
            {nameOf(line, spec)}
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

/** What tells a line from the others of its chart: its run, its key, both or, alone, nothing. */
export function nameOf(line: ChartLine, spec: ChartSpec): string {
  const runs = new Set(spec.lines.map((one) => one.run.id)).size > 1;
  const keys = spec.keys.length > 1;
  return [runs ? line.run.name : "", keys ? line.word : ""].filter(Boolean).join(" · ");
}
