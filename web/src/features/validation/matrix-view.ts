/** Which part of a large matrix is seen: pure geometry. Lengths in CSS px, offsets in cells. */
import type { Cell } from "./confusion-cells";

export interface View {
  /** The side of a cell. */
  unit: number;
  /** The row and column at the upper left corner; fractions are parts of a cell. */
  row: number;
  column: number;
}

/** The square in which cells are drawn, and how many a side there are. */
export interface Plot {
  side: number;
  size: number;
}

export const MOST_UNIT = 44;

export const leastUnit = ({ side, size }: Plot): number => side / Math.max(1, size);

export const whole = (plot: Plot): View => ({ unit: leastUnit(plot), row: 0, column: 0 });

/** No smaller than all of it, no farther than its edges. */
export function bound(view: View, plot: Plot): View {
  const least = leastUnit(plot);
  const unit = Math.min(Math.max(view.unit, least), Math.max(MOST_UNIT, least));
  const room = Math.max(0, plot.size - plot.side / unit);
  const clamp = (at: number) => Math.min(room, Math.max(0, at));
  return { unit, row: clamp(view.row), column: clamp(view.column) };
}

/** Zoomed by `factor` with what is at (`x`, `y`) of the plot staying there. */
export function zoomAt(view: View, factor: number, x: number, y: number, plot: Plot): View {
  const { unit } = bound({ ...view, unit: view.unit * factor }, plot);
  return bound(
    { unit, row: view.row + y / view.unit - y / unit, column: view.column + x / view.unit - x / unit },
    plot,
  );
}

export const panBy = (view: View, dx: number, dy: number, plot: Plot): View =>
  bound({ ...view, row: view.row - dy / view.unit, column: view.column - dx / view.unit }, plot);

/** The view moved no more than is needed for the cell to be seen. */
export function seen(view: View, [row, column]: Cell, plot: Plot): View {
  const shown = plot.side / view.unit;
  const into = (from: number, at: number) => Math.min(at, Math.max(from, at + 1 - shown));
  return bound({ ...view, row: into(view.row, row), column: into(view.column, column) }, plot);
}

/** The cell in the middle, large enough to read its number. */
export function closeTo([row, column]: Cell, plot: Plot): View {
  const unit = Math.max(leastUnit(plot), Math.min(28, MOST_UNIT));
  const half = plot.side / unit / 2;
  return bound({ unit, row: row + 0.5 - half, column: column + 0.5 - half }, plot);
}

/** The cell at (`x`, `y`) of the plot; null outside of it. */
export function cellAt(view: View, x: number, y: number, plot: Plot): Cell | null {
  if (x < 0 || y < 0 || x >= plot.side || y >= plot.side) return null;
  const at = (offset: number) => Math.min(plot.size - 1, Math.max(0, Math.floor(offset)));
  return [at(view.row + y / view.unit), at(view.column + x / view.unit)];
}

/** The first and last index (inclusive) of which something is seen. */
export function range(from: number, unit: number, { side, size }: Plot): [first: number, last: number] {
  return [Math.max(0, Math.floor(from)), Math.min(size - 1, Math.ceil(from + side / unit) - 1)];
}
