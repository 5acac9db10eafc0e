/** uPlot options for line charts in the app's style. */
import type uPlot from "uplot";
import { formatElapsed } from "./format";

export interface Line {
  label: string;
  /** A CSS custom property, such as `--series-1`. */
  color: string;
  /** Lengths of its dashes and gaps. */
  dash?: readonly number[];
  /** Lines of one group are told from the others together. */
  group?: string;
  /** Drawn thin and pale: the raw values behind a smoothed line. */
  faint?: boolean;
}

export interface LineChart {
  lines: readonly Line[];
  /** `part`: whole numbers, and parts of them from near. `elapsed`: seconds since a beginning. */
  xKind: "whole" | "part" | "time" | "elapsed";
  log?: boolean;
  /** Charts of one key share their cursor. */
  syncKey?: string;
}

/** A vertical line: the best of something has a triangle on top, what was chosen a disc. */
export interface Mark {
  x: number;
  kind: "best" | "chosen";
  color: string;
}

export interface Hooks {
  onCursor: (index: number | null) => void;
  /** A part of the x axis was drawn over. */
  onSelect: (from: number, to: number) => void;
  marks: () => readonly Mark[];
}

export interface Size {
  width: number;
  height: number;
  /** How much larger than on the page letters and lines are. */
  scale?: number;
}

const WHOLE_STEPS = [
  1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6,
  1e7, 1e8, 1e9,
];
const PARTS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const SECONDS = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800,
  432_000, 864_000, 1_728_000,
];

export function lineOptions(
  chart: LineChart,
  { width, height, scale = 1 }: Size,
  hooks: Hooks,
): uPlot.Options {
  const color = colorReader();
  const axis = (): uPlot.Axis => ({
    stroke: color("--muted"),
    font: `${11 * scale}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`,
    grid: { stroke: color("--border"), width: scale },
    ticks: { show: false },
  });
  return {
    width,
    height,
    padding: [8 * scale, 12 * scale, 0, 0],
    legend: { show: false },
    cursor: cursorOf(chart),
    scales: {
      x: { time: chart.xKind === "time", range: xRange(chart.xKind) },
      y: { distr: chart.log ? 3 : 1 },
    },
    axes: [
      { ...axis(), size: 26 * scale, gap: 4 * scale, space: 50 * scale, ...xTicks(chart.xKind) },
      {
        ...axis(),
        size: 54 * scale,
        gap: 6 * scale,
        space: 30 * scale,
        values: (_chart, ticks) => ticks.map(tickText),
      },
    ],
    series: [{}, ...chart.lines.map((line) => seriesOf(line, color, scale))],
    hooks: {
      setCursor: [(plot) => hooks.onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select;
          if (wide <= 0) return;
          hooks.onSelect(plot.posToVal(left, "x"), plot.posToVal(left + wide, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      draw: [
        (plot) => {
          for (const mark of hooks.marks()) drawMark(plot, mark, color(mark.color), scale);
        },
      ],
    },
  };
}

function cursorOf(chart: LineChart): uPlot.Cursor {
  const moves = (type: string) => type === "mousemove" || type === "mouseleave";
  return {
    y: false,
    points: { size: 6 },
    // The range belongs to all charts of the page, so it isn't set here.
    drag: { x: true, y: false, setScale: false },
    bind: { dblclick: () => null },
    ...(chart.syncKey
      ? {
          sync: {
            key: chart.syncKey,
            setSeries: false,
            scales: ["x", null],
            filters: { pub: moves, sub: moves },
          },
        }
      : {}),
  };
}

function xTicks(kind: LineChart["xKind"]): Partial<uPlot.Axis> {
  switch (kind) {
    case "whole":
      return { incrs: WHOLE_STEPS };
    case "part":
      return {
        incrs: (_plot, _axis, min, max) => (max - min < 2 ? [...PARTS, ...WHOLE_STEPS] : WHOLE_STEPS),
      };
    case "elapsed":
      return { incrs: SECONDS, values: (_plot, ticks) => ticks.map((tick) => formatElapsed(tick)) };
    default:
      return {};
  }
}

function seriesOf(line: Line, color: (name: string) => string, scale: number): uPlot.Series {
  const stroke = color(line.color);
  return {
    label: line.label,
    stroke: line.faint ? `color-mix(in srgb, ${stroke} 28%, transparent)` : stroke,
    width: (line.faint ? 1 : 1.75) * scale,
    dash: (line.dash ?? []).map((length) => length * scale),
    spanGaps: false,
    points: line.faint ? { show: false } : { size: 4 * scale, fill: stroke },
  };
}

function xRange(kind: LineChart["xKind"]): uPlot.Range.Function {
  // One point alone stands in the middle.
  const pad = kind === "time" || kind === "elapsed" ? 30 : 0.5;
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

function drawMark(plot: uPlot, { x: at, kind }: Mark, stroke: string, scale: number): void {
  const { min, max } = plot.scales.x ?? {};
  if (typeof min !== "number" || typeof max !== "number" || at < min || at > max) return;
  const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
  const { ctx, bbox } = plot;
  const s = 4 * scale * (window.devicePixelRatio || 1);
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = s / 4;
  ctx.setLineDash(kind === "best" ? [s / 2, s * 0.75] : []);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  if (kind === "best") {
    ctx.moveTo(x - s, bbox.top - s);
    ctx.lineTo(x + s, bbox.top - s);
    ctx.lineTo(x, bbox.top + s * 0.6);
  } else ctx.arc(x, bbox.top, s * 0.9, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}

function colorReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim() || "gray";
}
