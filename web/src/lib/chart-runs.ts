/** What a page of charts draws: any number of runs, wherever their numbers come from. */
import type { MetricSeries } from "../api/types";

export type XAxis = "step" | "epoch" | "time";

/** A range of a run's points; times are Unix milliseconds, both ends inclusive. */
export interface SeriesPart {
  keys: readonly string[];
  axis: XAxis;
  from: number;
  to: number;
  /** Of each key; the source may give fewer. */
  maxPoints: number;
}

export interface ChartRun {
  /** Unlike any other on the page, and the same as long as the run is. */
  id: string;
  name: string;
  bestEpoch: number | null;
  /** When it began, in Unix milliseconds; without it, when its first point was made. */
  start?: number | null;
  /** Thinned out; a series without news keeps its identity. */
  series: readonly MetricSeries[];
  /** More points may come. */
  live: boolean;
  /**
   * A part of some keys with more of their points, and of each key the nearest point on either side of it. Null
   * where `series` holds all there is.
   */
  finer: ((part: SeriesPart, signal?: AbortSignal) => Promise<readonly MetricSeries[]>) | null;
}

/** Colours of tokens.css that tell runs, or the lines of one chart, apart. */
const COLORS = 10;

export const lineColor = (at: number): string => `--series-${(at % COLORS) + 1}`;
