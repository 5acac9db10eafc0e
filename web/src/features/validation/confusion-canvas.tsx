import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { t } from "../../lib/i18n-validation";
import classes from "./confusion.module.css";
import { type Cell, cellsOf, depthOf, describeCell, handleCellKey } from "./confusion-cells";
import type { MatrixProps } from "./confusion-grid";

const MOST_PIXELS = 760;

/** The matrix painted on a canvas, for more classes than elements would bear; read out cell by cell. */
export function ConfusionCanvas({ matrix, byRow, selected, onSelect }: MatrixProps) {
  const cells = useMemo(() => cellsOf(matrix), [matrix]);
  const [active, setActive] = useState<Cell>(selected ?? [0, 0]);
  const [width, setWidth] = useState(0);
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  const side = Math.min(width, MOST_PIXELS);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours follow the scheme
  useEffect(() => {
    const element = canvas.current;
    if (!element || side === 0) return;
    const style = getComputedStyle(element);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const ratio = window.devicePixelRatio || 1;
    element.width = side * ratio;
    element.height = side * ratio;
    const context = element.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    context.fillStyle = color("--sunken");
    context.fillRect(0, 0, side, side);
    const unit = side / cells.size;
    const gap = unit > 6 ? 1 : 0;
    for (const [row, column] of matrix.cells) {
      const depth = depthOf(cells, row, column, byRow);
      const name = row === column ? "--matrix-right" : "--matrix-wrong";
      context.fillStyle = `rgb(${color(name)} / ${0.12 + 0.88 * depth})`;
      context.fillRect(column * unit, row * unit, unit - gap, unit - gap);
    }
    outline(context, active, unit, color("--muted"));
    if (selected) outline(context, selected, unit, color("--text"));
  }, [matrix, cells, byRow, active, selected, side, scheme]);

  const cellAt = (event: PointerEvent<HTMLCanvasElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (offset: number) =>
      Math.min(cells.size - 1, Math.max(0, Math.floor((offset / box.width) * cells.size)));
    return [at(event.clientY - box.top), at(event.clientX - box.left)];
  };

  const onKeyDown = (event: KeyboardEvent) => handleCellKey(event, active, cells.size, onSelect, setActive);

  return (
    <div ref={host} className={classes.canvasHost}>
      <p className={classes.readout} aria-live="polite">
        {describeCell(matrix, cells, active[0], active[1])}
      </p>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes arrow keys as a whole */}
      <canvas
        ref={canvas}
        className={classes.canvas}
        style={{ width: side, height: side }}
        tabIndex={0}
        role="application"
        aria-label={t("confusion.title")}
        data-testid="confusion-canvas"
        onPointerMove={(event) => setActive(cellAt(event))}
        onPointerUp={(event) => onSelect?.(cellAt(event))}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}

function outline(context: CanvasRenderingContext2D, [row, column]: Cell, unit: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.strokeRect(column * unit - 1, row * unit - 1, unit + 1, unit + 1);
}
