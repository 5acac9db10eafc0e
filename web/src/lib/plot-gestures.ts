/** How a chart is moved and zoomed by mouse and keys; what is shown belongs to all charts of its axis. */
import type uPlot from "uplot";
import type { Shared } from "./shared-value";

/** What of the x axis is shown; null is all. */
export type Range = readonly [from: number, to: number] | null;

interface Options {
  range: Shared<Range>;
  /** A click without a drag, by its x. */
  onPick: (x: number) => void;
  /** The wheel alone zooms: where there is nothing to scroll. */
  wheel: () => boolean;
}

/** A press that moves less is a click. */
const SLOP_PX = 4;
/** A double click is over by then. */
const DOUBLE_MS = 300;

export function attachGestures(plot: uPlot, { range, onPick, wheel }: Options): () => void {
  const { over } = plot;
  let next: Range | undefined;
  let frame = 0;
  let pressed: { x: number; shift: boolean; shown: [number, number] } | null = null;

  // All charts follow within one frame, however fast the mouse tells of itself.
  const show = (shown: Range) => {
    next = shown && withinData(plot.data[0], shown);
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (next !== undefined) range.set(next);
    });
  };
  const latest = (): [number, number] => {
    if (frame && next) return [next[0], next[1]];
    return [plot.scales.x?.min ?? 0, plot.scales.x?.max ?? 1];
  };

  const onDown = (event: MouseEvent) => {
    if (event.button !== 0) return;
    pressed = { x: event.clientX, shift: event.shiftKey, shown: latest() };
    if (!event.shiftKey) return;
    // Or uPlot begins to draw over a part.
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  const onMove = (event: MouseEvent) => {
    if (!pressed?.shift) return;
    const [from, to] = pressed.shown;
    const by = ((event.clientX - pressed.x) / over.clientWidth) * (to - from);
    show([from - by, to - by]);
  };
  const onUp = () => {
    pressed = null;
  };
  const onClick = (event: MouseEvent) => {
    if (movedOf(event)) return;
    const at = plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
    clearTimeout(picking);
    // Zoomed in, a second click may follow, which means something else.
    if (range.get()) picking = setTimeout(() => onPick(at), DOUBLE_MS);
    else onPick(at);
  };
  let picking: ReturnType<typeof setTimeout> | undefined;
  let downAt = 0;
  const remember = (event: MouseEvent) => {
    downAt = event.clientX;
  };
  const movedOf = (event: MouseEvent) => event.shiftKey || Math.abs(event.clientX - downAt) > SLOP_PX;

  const onWheel = (event: WheelEvent) => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const [from, to] = latest();
    if (sideways && range.get()) {
      event.preventDefault();
      const by = ((event.deltaX || event.deltaY) / over.clientWidth) * (to - from);
      show([from + by, to + by]);
    } else if (event.ctrlKey || wheel()) {
      event.preventDefault();
      const at = plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
      const factor = Math.exp(event.deltaY * (event.ctrlKey ? 0.01 : 0.002));
      show(zoomedRange([from, to], at, factor));
    }
  };
  const onDouble = () => {
    clearTimeout(picking);
    show(null);
  };

  // Before uPlot's own listener for the same press.
  over.addEventListener("mousedown", remember, true);
  over.addEventListener("mousedown", onDown, true);
  window.addEventListener("mousemove", onMove);
  window.addEventListener("mouseup", onUp);
  over.addEventListener("click", onClick);
  over.addEventListener("dblclick", onDouble);
  over.addEventListener("wheel", onWheel, { passive: false });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(picking);
    window.removeEventListener("mousemove", onMove);
    window.removeEventListener("mouseup", onUp);
  };
}

/** Not beyond the first and the last x; null where nothing is left out. */
export function withinData(xs: ArrayLike<number>, [from, to]: readonly [number, number]): Range {
  const [first = 0, last = 0] = [xs[0], xs[xs.length - 1]];
  const width = Math.max(to - from, (last - first) * 1e-6);
  if (width >= last - first) return null;
  if (from < first) return [first, first + width];
  return to > last ? [last - width, last] : [from, from + width];
}

/** `at` stays where it is. */
export function zoomedRange(
  [from, to]: readonly [number, number],
  at: number,
  factor: number,
): [number, number] {
  return [at - (at - from) * factor, at + (to - at) * factor];
}
