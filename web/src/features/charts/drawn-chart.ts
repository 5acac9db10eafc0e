/** From a chart's lines to what the plot draws. */
import {
  axisOf,
  type Cell,
  type ChartColumns,
  columnsOf,
  positiveOnly,
  type Ruler,
  smooth,
} from "../../lib/chart-data";
import type { ChartLine } from "../../lib/chart-groups";
import type { Line, LineChart } from "../../lib/line-options";
import type { ChartSettings } from "./use-chart-settings";

export interface Drawn {
  chart: LineChart;
  /** One a line of the chart, as measured. */
  columns: ChartColumns;
  /** What is drawn: behind a smoothed line the raw one too. */
  ys: Cell[][];
}

const X_KINDS = { step: "whole", epoch: "part", time: "time", elapsed: "elapsed" } as const;

/** What the chart's x means, where `settings` were chosen for the page. */
export function rulerOf(lines: readonly ChartLine[], { axis, elapsed }: ChartSettings): Ruler {
  const found = axisOf(lines, axis);
  const several = lines.some((line) => line.run.id !== lines[0]?.run.id);
  return found === "time" && elapsed && (axis === "time" || several) ? "elapsed" : found;
}

export function drawnOf(
  lines: readonly ChartLine[],
  ruler: Ruler,
  { log, smoothing }: ChartSettings,
  syncKey: string,
): Drawn {
  const columns = columnsOf(lines, ruler);
  // A log scale without a positive value has nothing to draw.
  const logged = log && columns.ys.some((column) => column.some((value) => (value ?? 0) > 0));
  const visible = (values: Cell[]) => (logged ? positiveOnly(values) : values);
  const drawn: Line[] = [];
  const ys: Cell[][] = [];
  lines.forEach(({ series, run, color, dash }, at) => {
    const line: Line = { label: series.key, color, dash, group: run.id };
    const column = columns.ys[at] ?? [];
    if (smoothing > 0) {
      drawn.push({ ...line, dash: [], faint: true });
      ys.push(visible(column));
    }
    drawn.push(line);
    ys.push(visible(smoothing > 0 ? smooth(column, smoothing) : column));
  });
  const chart: LineChart = {
    lines: drawn,
    log: logged,
    // No ticks between epochs where nothing is between them.
    xKind: ruler === "epoch" && columns.x.every(Number.isInteger) ? "whole" : X_KINDS[ruler],
    syncKey: `${syncKey}-${ruler}`,
  };
  return { chart, columns, ys };
}
