import {
  type Dispatch,
  type PointerEvent,
  type RefObject,
  type SetStateAction,
  useCallback,
  useEffect,
  useRef,
  useState,
} from "react";
import type { Box } from "../api/types";
import type { Size } from "./image-size";
import { fitInto, type Point, panBy, WHOLE, type Zoom, zoomAt, zoomTo } from "./zoom";

const STEP = 1.5;
const DOUBLE = 3;
/** A press that moves less is a click. */
const SLOP_PX = 4;

export type SharedZoom = readonly [Zoom, Dispatch<SetStateAction<Zoom>>];

/**
 * Zoom and pan of a picture of `size` in the element of `ref`, by wheel, fingers, double click, or called. Pictures of
 * one size that share their zoom move together.
 */
export function useZoom(
  ref: RefObject<HTMLElement | null>,
  size: Size,
  inset: number,
  shared?: SharedZoom | undefined,
) {
  const [stage, setStage] = useState<Size>({ width: 0, height: 0 });
  const own = useState<Zoom>(WHOLE);
  const [zoom, setZoom] = shared ?? own;
  const pointers = useRef(new Map<number, Point>());
  const dragging = useRef(false);
  const fitted = fitInto(size, {
    width: Math.max(1, stage.width - 2 * inset),
    height: Math.max(1, stage.height - 2 * inset),
  });
  const latest = useRef({ fitted, stage, size });
  latest.current = { fitted, stage, size };

  const by = useCallback(
    (factor: number, at: Point = { x: 0, y: 0 }) => {
      setZoom((old) => zoomAt(old, factor, at, latest.current.fitted, latest.current.stage));
    },
    [setZoom],
  );
  const pan = useCallback(
    (dx: number, dy: number) => {
      setZoom((old) => panBy(old, dx, dy, latest.current.fitted, latest.current.stage));
    },
    [setZoom],
  );
  const reset = useCallback(() => setZoom(WHOLE), [setZoom]);
  const show = useCallback(
    (box: Box) => setZoom(zoomTo(box, latest.current.size, latest.current.fitted, latest.current.stage)),
    [setZoom],
  );

  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      setStage({ width: element.clientWidth, height: element.clientHeight });
      setZoom(WHOLE);
    });
    observer.observe(element);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      by(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), fromCentre(element, event));
    };
    // React's own wheel listener is passive: it couldn't keep the page from scrolling.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", onWheel);
    };
  }, [ref, by, setZoom]);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    dragging.current = pointers.current.size > 1;
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (!dragging.current && distance(before, now) < SLOP_PX) return;
    if (!dragging.current) event.currentTarget.setPointerCapture(event.pointerId);
    dragging.current = true;
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (!other) {
      pan(now.x - before.x, now.y - before.y);
      return;
    }
    const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
    by(distance(now, other) / Math.max(1, distance(before, other)), fromCentre(event.currentTarget, middle));
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    pointers.current.delete(event.pointerId);
    if (pointers.current.size === 0) dragging.current = false;
  };

  return {
    zoom,
    /** Size and place of the picture, in CSS px of the stage; null until the stage is measured. */
    frame:
      stage.width === 0
        ? null
        : {
            width: fitted.width * zoom.scale,
            height: fitted.height * zoom.scale,
            left: (stage.width - fitted.width * zoom.scale) / 2 + zoom.x,
            top: (stage.height - fitted.height * zoom.scale) / 2 + zoom.y,
          },
    zoomIn: () => by(STEP),
    zoomOut: () => by(1 / STEP),
    reset,
    pan,
    show,
    handlers: {
      onPointerDown,
      onPointerMove,
      onPointerUp,
      onPointerCancel: onPointerUp,
      onDoubleClick: (event: { currentTarget: HTMLElement; clientX: number; clientY: number }) =>
        zoom.scale > 1 ? reset() : by(DOUBLE, fromCentre(event.currentTarget, event)),
    },
  };
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function fromCentre(element: HTMLElement, { clientX, clientY }: { clientX: number; clientY: number }): Point {
  const box = element.getBoundingClientRect();
  return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
}
