import { formatCount } from "../lib/format";
import classes from "./column-chart.module.css";

export interface Column {
  label: string;
  value: number;
}

/** More columns than this have no room for a number on each. */
const MOST_VALUES = 20;
const LABELS = 8;

/** A histogram of few columns; screen readers get it as a list. */
export function ColumnChart({ columns, label }: { columns: readonly Column[]; label: string }) {
  const largest = columns.reduce((most, column) => Math.max(most, column.value), 1);
  const every = Math.ceil(columns.length / LABELS);
  return (
    <ul className={classes.chart} aria-label={label}>
      {columns.map((column, at) => (
        <li key={column.label} className={classes.column}>
          <span className="visually-hidden">
            {column.label}: {formatCount(column.value)}
          </span>
          <span className={classes.space} aria-hidden="true">
            {columns.length <= MOST_VALUES && column.value > 0 ? (
              <span className={classes.value}>{formatCount(column.value)}</span>
            ) : null}
            <span
              className={classes.bar}
              data-none={column.value === 0 || undefined}
              style={{ height: `${(100 * column.value) / largest}%` }}
            />
          </span>
          <span className={classes.label} aria-hidden="true">
            {at % every === 0 ? column.label : "\u00a0"}
          </span>
        </li>
      ))}
    </ul>
  );
}
