import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { t } from "../../lib/i18n-matrix";
import { keyOf } from "../../lib/key-store";
import classes from "./confusion.module.css";
import { type Cell, handleCellKey } from "./confusion-cells";
import { type Kind, nextRanked, type Painting } from "./confusion-painting";

export interface MatrixProps {
  painting: Painting;
  selected: Cell | null;
  /** Null where nothing is behind the cells. */
  onSelect: ((cell: Cell | null) => void) | null;
  /** A cell to move to; a new object each time that somebody asks. */
  goTo: { cell: Cell } | null;
  /** Of what it is drawn: thresholds and epoch. */
  stamp: Record<string, string>;
}

const LONG_LABEL = 4;
/** From these depths on the other text colour reads better: MID in the dark scheme, DEEP in the light one. */
const MID = 0.64;
const DEEP = 0.88;

/** The matrix as a grid of elements: every cell can be reached, read out and clicked. */
export function ConfusionGrid({ painting, selected, onSelect, goTo, stamp }: MatrixProps) {
  const { matrix, cells } = painting;
  const last = cells.size - 1;
  const [wanted, setWanted] = useState<Cell>(selected ?? [0, 0]);
  const active: Cell = [Math.min(wanted[0], last), Math.min(wanted[1], last)];
  const table = useRef<HTMLTableElement>(null);
  const shown = matrix.labels.map((label, at) =>
    at === cells.background
      ? t(matrix.unanswered ? "confusion.unansweredShort" : "confusion.backgroundShort")
      : label,
  );
  const upright = shown.some((label) => label.length > LONG_LABEL);
  const painted = new Map(painting.painted.map((one) => [one.row * cells.size + one.column, one]));

  const move = (next: Cell) => {
    setWanted(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next[0]}-${next[1]}"]`)?.focus();
  };
  const gone = useRef(goTo);
  useEffect(() => {
    if (!goTo || gone.current === goTo) return;
    gone.current = goTo;
    setWanted(goTo.cell);
    table.current?.querySelector<HTMLElement>(`[data-cell="${goTo.cell[0]}-${goTo.cell[1]}"]`)?.focus();
  }, [goTo]);
  const onKeyDown = (event: KeyboardEvent) => {
    const key = keyOf(event);
    if ((key !== "n" && key !== "p") || event.ctrlKey || event.metaKey || event.altKey) {
      handleCellKey(event, active, cells.size, onSelect, move);
      return;
    }
    // Elsewhere these letters mean something else.
    event.preventDefault();
    const next = nextRanked(painting, active, key === "n" ? 1 : -1);
    if (next) move(next);
  };

  return (
    <div className={classes.scroll}>
      <table
        ref={table}
        className={classes.grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid by the ARIA pattern
        role="grid"
        aria-label={t("confusion.title")}
        data-size={cells.size > 20 ? "small" : cells.size > 13 ? "medium" : "large"}
        data-testid="confusion-grid"
        {...Object.fromEntries(Object.entries(stamp).map(([name, value]) => [`data-${name}`, value]))}
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
                const paint = painted.get(row * cells.size + column);
                const depth = paint?.depth ?? 0;
                const isActive = active[0] === row && active[1] === column;
                const name = painting.wordsOf(row, column);
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
                    data-kind={paint?.kind}
                    data-mid={depth > MID || undefined}
                    data-deep={depth > DEEP || undefined}
                    data-zero={depth === 0 || undefined}
                    data-void={(row === cells.background && column === cells.background) || undefined}
                    style={paint && depth > 0 ? { background: colorOf(paint.kind, depth) } : undefined}
                    onFocus={() => setWanted([row, column])}
                    onClick={onSelect ? () => onSelect([row, column]) : undefined}
                  >
                    {painting.textOf(row, column)}
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

const colorOf = (kind: Kind, depth: number): string =>
  `rgb(var(--matrix-${kind}) / ${(0.08 + 0.84 * depth).toFixed(3)})`;
