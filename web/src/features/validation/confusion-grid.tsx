import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import classes from "./confusion.module.css";
import {
  type Cell,
  cellsOf,
  type DrawnMatrix,
  depthOf,
  describeCell,
  handleCellKey,
} from "./confusion-cells";

export interface MatrixProps {
  matrix: DrawnMatrix;
  byRow: boolean;
  selected: Cell | null;
  /** Null where nothing is behind the cells. */
  onSelect: ((cell: Cell | null) => void) | null;
}

const LONG_LABEL = 4;
/** From these depths on the other text colour reads better: MID in the dark scheme, DEEP in the light one. */
const MID = 0.64;
const DEEP = 0.88;

/** The matrix as a grid of elements: every cell can be reached, read out and clicked. */
export function ConfusionGrid({ matrix, byRow, selected, onSelect }: MatrixProps) {
  const cells = useMemo(() => cellsOf(matrix), [matrix]);
  const [active, setActive] = useState<Cell>(selected ?? [0, 0]);
  const table = useRef<HTMLTableElement>(null);
  const shown = matrix.labels.map((label, at) =>
    at === cells.background
      ? t(matrix.background ? "confusion.unansweredShort" : "confusion.backgroundShort")
      : label,
  );
  const upright = shown.some((label) => label.length > LONG_LABEL);

  const onKeyDown = (event: KeyboardEvent) =>
    handleCellKey(event, active, cells.size, onSelect, (next) => {
      setActive(next);
      table.current?.querySelector<HTMLElement>(`[data-cell="${next[0]}-${next[1]}"]`)?.focus();
    });

  return (
    <div className={classes.scroll}>
      <table
        ref={table}
        className={classes.grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid by the ARIA pattern
        role="grid"
        aria-label={t("confusion.title")}
        data-size={cells.size > 20 ? "small" : cells.size > 13 ? "medium" : "large"}
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr>
            <td className={classes.corner} aria-hidden="true">
              <span>{t("confusion.true")} ↓</span>
              <span>{t("confusion.predicted")} →</span>
            </td>
            {shown.map((label, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two classes may have one name
              <th key={at} scope="col" className={classes.columnLabel} data-upright={upright || undefined}>
                <span title={matrix.labels[at]}>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((label, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two classes may have one name
            <tr key={row}>
              <th scope="row" className={classes.rowLabel} title={matrix.labels[row]}>
                {label}
              </th>
              {shown.map((_, column) => {
                const count = cells.countOf(row, column);
                const depth = depthOf(cells, row, column, byRow);
                const isActive = active[0] === row && active[1] === column;
                const name = describeCell(matrix, cells, row, column);
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys of all its cells
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: cells are told apart by place alone
                    key={column}
                    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid by the ARIA pattern
                    role="gridcell"
                    className={classes.cell}
                    tabIndex={isActive ? 0 : -1}
                    aria-label={name}
                    title={name}
                    aria-selected={selected?.[0] === row && selected[1] === column}
                    data-testid={`cell-${row}-${column}`}
                    data-cell={`${row}-${column}`}
                    data-count={count}
                    data-mid={depth > MID || undefined}
                    data-deep={depth > DEEP || undefined}
                    data-zero={count === 0 || undefined}
                    data-void={(row === cells.background && column === cells.background) || undefined}
                    style={depth > 0 ? { background: paint(row === column, depth) } : undefined}
                    onFocus={() => setActive([row, column])}
                    onClick={onSelect ? () => onSelect([row, column]) : undefined}
                  >
                    {byRow && count > 0 ? shareText(count / cells.rowTotal(row)) : formatCount(count)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const paint = (right: boolean, depth: number): string =>
  `rgb(var(${right ? "--matrix-right" : "--matrix-wrong"}) / ${(0.08 + 0.84 * depth).toFixed(3)})`;

const shareText = (share: number): string => (share === 1 ? "1" : share.toFixed(2).replace(/^0/, ""));
