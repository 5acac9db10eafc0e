import { type PointerEvent, useEffect, useRef } from "react";
import type { Cell } from "./confusion-cells";
import type { MatrixCanvas } from "./use-matrix-canvas";

/** A press that moves less is a click. */
const SLOP_PX = 4;

interface Point {
  x: number;
  y: number;
}

/** Wheel, dragging and two fingers on a matrix; a press that doesn't move is a click on a cell. */
export function useMatrixGestures(
  canvas: MatrixCanvas,
  onPoint: (cell: Cell) => void,
  onClick: (cell: Cell) => void,
) {
  const pointers = useRef(new Map<number, Point>());
  const isDrag = useRef(false);
  const { over, zoom, pan, cellUnder, isZoomed } = canvas;

  useEffect(() => {
    const element = over.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      // The wheel alone scrolls the page, until somebody works in the matrix.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), { x: event.clientX, y: event.clientY });
    };
    // React's own wheel listener is passive: it couldn't keep the page from scrolling.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [over, zoom]);

  const end = (event: PointerEvent<HTMLElement>) => {
    pointers.current.delete(event.pointerId);
    // One finger scrolls the page over the whole matrix, and moves it when it is larger.
    event.currentTarget.style.touchAction = isZoomed() ? "none" : "pan-y";
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      isDrag.current = pointers.current.size > 1;
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const now = { x: event.clientX, y: event.clientY };
      const before = pointers.current.get(event.pointerId);
      if (!before) {
        const cell = cellUnder(now.x, now.y);
        if (cell) onPoint(cell);
        return;
      }
      if (!isDrag.current && distance(before, now) < SLOP_PX) return;
      if (!isDrag.current) event.currentTarget.setPointerCapture(event.pointerId);
      isDrag.current = true;
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
      pointers.current.set(event.pointerId, now);
      if (!other) pan(now.x - before.x, now.y - before.y);
      else {
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        zoom(distance(now, other) / Math.max(1, distance(before, other)), middle);
      }
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const isPress = pointers.current.has(event.pointerId) && !isDrag.current;
      end(event);
      const cell = isPress ? cellUnder(event.clientX, event.clientY) : null;
      if (cell) onClick(cell);
    },
    onPointerCancel: end,
  };
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
