import { useComputedColorScheme } from "@mantine/core";
import { memo, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Cell } from "../lib/chart-data";
import { type LineChart, lineOptions } from "../lib/line-options";
import classes from "./line-plot.module.css";

interface Props {
  chart: LineChart;
  x: readonly number[];
  ys: readonly (readonly Cell[])[];
  height: number;
  label: string;
  marker?: number | null;
  onCursor?: ((index: number | null) => void) | undefined;
}

function isZoomed(plot: uPlot): boolean {
  const { min, max } = plot.scales.x ?? {};
  const x = plot.data[0];
  if (typeof min !== "number" || typeof max !== "number" || x.length < 2) return false;
  return min > (x[0] ?? min) || max < (x[x.length - 1] ?? max);
}

/** One uPlot, made anew only when its shape changes; new data are set into the one that is there. */
export const LinePlot = memo(function LinePlot({
  chart,
  x,
  ys,
  height,
  label,
  marker = null,
  onCursor,
}: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme("light");
  const shape = `${scheme} ${JSON.stringify(chart)}`;
  const data = useMemo(() => [x, ...ys] as unknown as uPlot.AlignedData, [x, ys]);
  const latest = useRef({ chart, data, marker, onCursor });
  latest.current = { chart, data, marker, onCursor };

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
          marker: () => latest.current.marker,
        },
      ),
      latest.current.data,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, height]);

  useEffect(() => {
    const present = plot.current;
    if (!present || present.data === data) return;
    // A zoom that the user chose stays while points arrive.
    present.setData(data, !isZoomed(present));
  }, [data]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the marker is read while drawing
  useEffect(() => {
    plot.current?.redraw(false);
  }, [marker]);

  return <div ref={host} className={classes.host} style={{ height }} role="img" aria-label={label} />;
});
