/** uPlot options for line charts in the app's style. */
import type uPlot from "uplot";

export interface Line {
  label: string;
  /** A CSS custom property, such as `--series-1`. */
  color: string;
  dashed?: boolean;
  /** Drawn thin and pale: the raw values behind a smoothed line. */
  faint?: boolean;
}

export interface LineChart {
  lines: readonly Line[];
  xKind: "whole" | "time" | "share";
  yKind?: "any" | "share";
  log?: boolean;
  /** Charts of one key share their cursor and zoom. */
  syncKey?: string;
}

export interface Hooks {
  onCursor: (index: number | null) => void;
  /** Where the vertical line stands. */
  marker: () => number | null;
}

const WHOLE_STEPS = [
  1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7,
];
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function lineOptions(
  chart: LineChart,
  size: { width: number; height: number },
  hooks: Hooks,
): uPlot.Options {
  const color = colorReader();
  const axis = (): uPlot.Axis => ({
    stroke: color("--muted"),
    font: FONT,
    grid: { stroke: color("--border"), width: 1 },
    ticks: { show: false },
  });
  const share = chart.yKind === "share";
  return {
    ...size,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false },
      ...(chart.syncKey ? { sync: { key: chart.syncKey, setSeries: false } } : {}),
    },
    scales: {
      x: { time: chart.xKind === "time", range: xRange(chart.xKind) },
      y: share ? { range: [0, 1.02] } : { distr: chart.log ? 3 : 1 },
    },
    axes: [
      {
        ...axis(),
        size: 26,
        gap: 4,
        ...(chart.xKind === "whole" ? { incrs: WHOLE_STEPS } : {}),
      },
      { ...axis(), size: 54, gap: 6, values: (_chart, ticks) => ticks.map(tickText) },
    ],
    series: [{}, ...chart.lines.map((line) => seriesOf(line, color))],
    hooks: {
      setCursor: [(plot) => hooks.onCursor(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarker(plot, hooks.marker(), color("--muted"))],
    },
  };
}

function seriesOf(line: Line, color: (name: string) => string): uPlot.Series {
  const stroke = color(line.color);
  return {
    label: line.label,
    stroke: line.faint ? `color-mix(in srgb, ${stroke} 28%, transparent)` : stroke,
    width: line.faint ? 1 : 1.75,
    dash: line.dashed ? [6, 4] : [],
    spanGaps: false,
    points: line.faint ? { show: false } : { size: 4, fill: stroke },
  };
}

function xRange(kind: LineChart["xKind"]): uPlot.Range.Function {
  if (kind === "share") return () => [0, 1];
  // One point alone stands in the middle.
  const pad = kind === "time" ? 30 : 0.5;
  return (_plot, low, high) => {
    if (low === null || high === null) return [0, 1];
    return low === high ? [low - pad, high + pad] : [low, high];
  };
}

export function tickText(value: number | null): string {
  if (value === null) return "";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) return value.toExponential().replace("e+", "e").replace("-", "−");
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

function drawMarker(plot: uPlot, at: number | null, stroke: string): void {
  const { min, max } = plot.scales.x ?? {};
  if (at === null || typeof min !== "number" || typeof max !== "number" || at < min || at > max) return;
  const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  const s = 4 * (window.devicePixelRatio || 1);
  ctx.beginPath();
  ctx.moveTo(x - s, bbox.top - s);
  ctx.lineTo(x + s, bbox.top - s);
  ctx.lineTo(x, bbox.top + s * 0.6);
  ctx.fill();
  ctx.restore();
}

function colorReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim() || "gray";
}
