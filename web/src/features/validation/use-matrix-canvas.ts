import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Cell } from "./confusion-cells";
import type { Painting } from "./confusion-painting";
import { type Colors, type Frame, layerOf, paint, paintMarks, readColors } from "./matrix-painter";
import { bound, cellAt, closeTo, panBy, seen, type View, whole, zoomAt } from "./matrix-view";

const MOST_SIDE = 720;
/** Room for labels: a phone has less. */
const LABELS = { left: 118, top: 92 };
const NARROW = { left: 70, top: 70 };
const NARROW_PX = 480;
const STEP = 1.5;

export interface Marks {
  active: Cell;
  selected: Cell | null;
}

/**
 * Two canvases, one over the other: cells and labels below, what follows the pointer above, so that a move of the
 * pointer repaints no cell. The part that is seen is kept outside of React, and painted once a frame.
 */
export function useMatrixCanvas(painting: Painting, marks: Marks, stamp: Record<string, string>) {
  const host = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const scheme = useComputedColorScheme("light");
  const size = painting.cells.size;
  const frame = useMemo((): Frame | null => {
    if (width === 0) return null;
    const labels = width < NARROW_PX ? NARROW : LABELS;
    const side = Math.floor(Math.min(MOST_SIDE, width - labels.left));
    return { plot: { side, size }, ...labels, ratio: window.devicePixelRatio || 1 };
  }, [width, size]);
  const view = useRef<View | null>(null);
  const layer = useMemo(() => layerOf(painting), [painting]);
  const colors = useRef<Colors | null>(null);
  const asked = useRef(0);
  const latest = useRef({ painting, layer, marks, frame, stamp });
  latest.current = { painting, layer, marks, frame, stamp };

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const drawMarks = useCallback(() => {
    const { frame, marks } = latest.current;
    const context = over.current?.getContext("2d");
    if (!context || !frame || !view.current || !colors.current) return;
    paintMarks(context, marks.active, marks.selected, view.current, frame, colors.current);
  }, []);
  const draw = useCallback(() => {
    cancelAnimationFrame(asked.current);
    asked.current = 0;
    const { frame, painting, layer, stamp } = latest.current;
    const canvas = base.current;
    const context = canvas?.getContext("2d", { willReadFrequently: true });
    if (!canvas || !context || !frame || !colors.current) return;
    view.current = bound(view.current ?? whole(frame.plot), frame.plot);
    paint(context, painting, layer, view.current, frame, colors.current);
    drawMarks();
    const { unit, row, column } = view.current;
    const seenPart = { unit: unit.toFixed(3), row: row.toFixed(3), column: column.toFixed(3) };
    Object.assign(canvas.dataset, stamp, seenPart);
  }, [drawMarks]);
  const moveTo = useCallback(
    (change: (view: View, frame: Frame) => View) => {
      const { frame } = latest.current;
      if (!frame) return;
      view.current = change(view.current ?? whole(frame.plot), frame);
      if (asked.current === 0) asked.current = requestAnimationFrame(draw);
    },
    [draw],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: canvases are as large as the frame, colours follow the scheme
  useLayoutEffect(() => {
    if (!frame || !base.current) return;
    for (const canvas of [base.current, over.current]) {
      if (!canvas) continue;
      canvas.width = Math.round((frame.left + frame.plot.side) * frame.ratio);
      canvas.height = Math.round((frame.top + frame.plot.side) * frame.ratio);
    }
    colors.current = readColors(base.current);
    view.current = view.current && bound(view.current, frame.plot);
    draw();
  }, [frame, scheme, draw]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn
  useLayoutEffect(draw, [layer, stamp, draw]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn
  useLayoutEffect(drawMarks, [marks, drawMarks]);
  useEffect(() => () => cancelAnimationFrame(asked.current), []);

  return {
    host,
    base,
    over,
    frame,
    /** The cell under a point of the screen. */
    cellUnder: useCallback((x: number, y: number): Cell | null => {
      const { frame } = latest.current;
      const box = base.current?.getBoundingClientRect();
      if (!frame || !box || !view.current) return null;
      return cellAt(view.current, x - box.left - frame.left, y - box.top - frame.top, frame.plot);
    }, []),
    /** Larger or smaller, with what is at the point of the screen staying there; without one, the middle. */
    zoom: useCallback(
      (factor: number, at?: { x: number; y: number }) =>
        moveTo((old, { plot, left, top }) => {
          const box = base.current?.getBoundingClientRect();
          const x = at && box ? at.x - box.left - left : plot.side / 2;
          const y = at && box ? at.y - box.top - top : plot.side / 2;
          return zoomAt(old, factor, x, y, plot);
        }),
      [moveTo],
    ),
    pan: useCallback(
      (dx: number, dy: number) => moveTo((old, { plot }) => panBy(old, dx, dy, plot)),
      [moveTo],
    ),
    reset: useCallback(() => moveTo((_, { plot }) => whole(plot)), [moveTo]),
    show: useCallback((cell: Cell) => moveTo((old, { plot }) => seen(old, cell, plot)), [moveTo]),
    goTo: useCallback((cell: Cell) => moveTo((_, { plot }) => closeTo(cell, plot)), [moveTo]),
    /** How many rows are seen at once. */
    page: () => {
      const { frame } = latest.current;
      return frame && view.current ? Math.max(1, Math.floor(frame.plot.side / view.current.unit) - 1) : 10;
    },
    isZoomed: () => {
      const { frame } = latest.current;
      return frame !== null && view.current !== null && view.current.unit > whole(frame.plot).unit * 1.001;
    },
  };
}

export const ZOOM_STEP = STEP;
export type MatrixCanvas = ReturnType<typeof useMatrixCanvas>;
