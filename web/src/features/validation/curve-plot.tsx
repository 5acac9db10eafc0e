import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Cell } from "../../lib/chart-data";
import classes from "./curves-panel.module.css";

export interface Stroke {
  color: string;
  dashed: boolean;
}

interface Props {
  label: string;
  x: readonly number[];
  ys: readonly (readonly Cell[])[];
  strokes: readonly Stroke[];
  /** The first line is that of all classes. */
  bold: boolean;
  /** Where the vertical line stands. */
  marker: number | null;
  /** The operating point of each line. */
  points: readonly (readonly [x: number, y: number] | null)[];
  xLabel: string;
  onPick: (x: number, y: number) => void;
}

const HEIGHT = 220;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const POINT_PX = 4.5;

/** Lines over shares, with the operating point of each; a click tells where it was. */
export function CurvePlot({ label, x, ys, strokes, bold, marker, points, xLabel, onPick }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme("light");
  const shape = `${scheme} ${bold} ${xLabel} ${JSON.stringify(strokes)}`;
  const data = useMemo(() => [x, ...ys] as unknown as uPlot.AlignedData, [x, ys]);
  const latest = useRef({ data, strokes, marker, points, onPick, bold, xLabel });
  latest.current = { data, strokes, marker, points, onPick, bold, xLabel };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for strokes and the colour scheme
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(optionsOf(element.clientWidth, latest), latest.current.data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    if (plot.current && plot.current.data !== data) plot.current.setData(data);
  }, [data]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: both are read while drawing
  useEffect(() => plot.current?.redraw(false), [marker, points]);
  return <div ref={host} className={classes.plot} style={{ height: HEIGHT }} role="img" aria-label={label} />;
}

interface Latest {
  current: Pick<Props, "strokes" | "marker" | "points" | "onPick" | "bold" | "xLabel">;
}

function optionsOf(width: number, latest: Latest): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim() || "gray";
  const { strokes, bold, xLabel } = latest.current;
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    font: FONT,
    labelFont: FONT,
    grid: { stroke: color("--border"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: true,
      points: { size: 6 },
      drag: { x: false, y: false },
    },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [
      { ...axis, size: 26, gap: 4, label: xLabel, labelSize: 18 },
      { ...axis, size: 40, gap: 6 },
    ],
    series: [
      {},
      ...strokes.map(
        (stroke, at): uPlot.Series => ({
          stroke: color(stroke.color),
          width: bold && at === 0 ? 2.75 : 1.5,
          dash: stroke.dashed ? [6, 4] : [],
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      init: [
        (plot) =>
          plot.over.addEventListener("click", () => {
            const { left = -1, top = -1 } = plot.cursor;
            if (left >= 0) latest.current.onPick(plot.posToVal(left, "x"), plot.posToVal(top, "y"));
          }),
      ],
      draw: [
        (plot) => {
          drawMarker(plot, latest.current.marker, color("--muted"));
          latest.current.points.forEach((point, at) => {
            if (point) drawPoint(plot, point, color(strokes[at]?.color ?? "--text"), color("--surface"));
          });
        },
      ],
    },
  };
}

function drawMarker(plot: uPlot, at: number | null, stroke: string): void {
  if (at === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function drawPoint(plot: uPlot, [x, y]: readonly [number, number], fill: string, ring: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.beginPath();
  const radius = POINT_PX * (window.devicePixelRatio || 1);
  ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), radius, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.strokeStyle = ring;
  ctx.lineWidth = 1.5 * (window.devicePixelRatio || 1);
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}
