import { useComputedColorScheme } from "@mantine/core";
import { memo, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Cell } from "../lib/chart-data";
import { type LineChart, lineOptions, type Mark } from "../lib/line-options";
import { attachGestures, type Range, zoomedRange } from "../lib/plot-gestures";
import { type Shared, sharedValue } from "../lib/shared-value";
import classes from "./line-plot.module.css";

interface Props {
  chart: LineChart;
  x: readonly number[];
  ys: readonly (readonly Cell[])[];
  height: number;
  label: string;
  marks?: readonly Mark[];
  onCursor?: ((index: number | null) => void) | undefined;
  /** What is shown of the x axis, shared with other charts; its own without. */
  range?: Shared<Range>;
  /** The group of lines that stands out while the others are pale. */
  lit?: Shared<string | null>;
  onPick?: ((x: number) => void) | undefined;
  /** The wheel zooms by itself, since there is nothing to scroll. */
  wheel?: boolean;
  /** The id of a text that says what its keys do. */
  describedBy?: string;
}

const PALE = 0.14;
const NO_MARKS: readonly Mark[] = [];

/** One uPlot, made anew only when its shape changes; new data are set into the one that is there. */
export const LinePlot = memo(function LinePlot(props: Props) {
  const { chart, x, ys, height, label, marks = NO_MARKS, lit, wheel = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const own = useMemo(() => sharedValue<Range>(null), []);
  const range = props.range ?? own;
  const scheme = useComputedColorScheme("light");
  const shape = `${scheme} ${JSON.stringify(chart)}`;
  const data = useMemo(() => [x, ...ys] as unknown as uPlot.AlignedData, [x, ys]);
  const latest = useRef({ ...props, data, marks, wheel });
  latest.current = { ...props, data, marks, wheel };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for `chart` and the colour scheme
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(
      lineOptions(
        latest.current.chart,
        { width: element.clientWidth, height },
        {
          onCursor: (index) => latest.current.onCursor?.(index),
          onSelect: (from, to) => range.set([from, to]),
          marks: () => latest.current.marks,
        },
      ),
      latest.current.data,
      element,
    );
    plot.current = made;
    const detach = attachGestures(made, {
      range,
      onPick: (at) => latest.current.onPick?.(at),
      wheel: () => latest.current.wheel,
    });
    if (range.get()) show(made, range.get());
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      detach();
      made.destroy();
      plot.current = null;
    };
  }, [shape, height, range]);

  useEffect(() => range.subscribe(() => plot.current && show(plot.current, range.get())), [range]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot of another shape is a new one, to be lit again
  useEffect(() => {
    if (!lit) return;
    const light = () => plot.current && lightUp(plot.current, latest.current.chart, lit.get());
    light();
    return lit.subscribe(light);
  }, [lit, shape, height]);

  useEffect(() => {
    const present = plot.current;
    if (!present || present.data === data) return;
    const shown = range.get();
    present.setData(data, !shown);
    // A zoom that the user chose stays while points arrive.
    if (shown) show(present, shown);
  }, [data, range]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are read while drawing
  useEffect(() => {
    plot.current?.redraw(false);
  }, [marks]);

  const onKeyDown = (event: { key: string; preventDefault: () => void }) => {
    if (!plot.current || !byKey(plot.current, event.key, range, latest.current.onPick)) return;
    event.preventDefault();
  };
  const keys = props.onCursor ? { tabIndex: 0, onKeyDown, "aria-describedby": props.describedBy } : {};
  return (
    <div ref={host} className={classes.host} style={{ height }} role="img" aria-label={label} {...keys} />
  );
});

function show(plot: uPlot, range: Range): void {
  const xs = plot.data[0];
  const [min, max] = range ?? [xs[0], xs[xs.length - 1]];
  if (min !== undefined && max !== undefined) plot.setScale("x", { min, max });
}

function lightUp(plot: uPlot, chart: LineChart, group: string | null): void {
  let changed = false;
  chart.lines.forEach((line, at) => {
    const series = plot.series[at + 1];
    const alpha = group === null || line.group === group ? 1 : PALE;
    if (!series || series.alpha === alpha) return;
    series.alpha = alpha;
    changed = true;
  });
  if (changed) plot.redraw(false);
}

/** Arrows move the cursor, Enter picks its place, + and − zoom around it, 0 shows everything. */
function byKey(
  plot: uPlot,
  key: string,
  range: Shared<Range>,
  onPick: ((x: number) => void) | undefined,
): boolean {
  const xs = plot.data[0];
  const index = plot.cursor.idx ?? xs.length - 1;
  const at = xs[index];
  if (at === undefined) return false;
  const { min, max } = plot.scales.x ?? {};
  if (typeof min !== "number" || typeof max !== "number") return false;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const to = xs[index + (key === "ArrowLeft" ? -1 : 1)] ?? at;
    // The last argument, which the types don't know, tells the other charts.
    const set = plot.setCursor as (at: { left: number; top: number }, fire: boolean, tell: boolean) => void;
    set({ left: plot.valToPos(to, "x"), top: plot.over.clientHeight / 2 }, true, true);
  } else if (key === "Enter" && onPick) onPick(at);
  else if (key === "+" || key === "=") range.set(zoomedRange([min, max], at, 0.5));
  else if (key === "-" && range.get()) range.set(wider(zoomedRange([min, max], at, 2), xs));
  else if (key === "0") range.set(null);
  else return false;
  return true;
}

function wider([from, to]: readonly [number, number], xs: ArrayLike<number>): Range {
  const [first = 0, last = 0] = [xs[0], xs[xs.length - 1]];
  return from <= first && to >= last ? null : [Math.max(from, first), Math.min(to, last)];
}
