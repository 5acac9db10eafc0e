/** What all charts of a page share without a render of the page: the range shown, and which run stands out. */
import type { Ruler } from "./chart-data";
import type { Range } from "./plot-gestures";
import { type Shared, sharedValue } from "./shared-value";

export interface ChartView {
  /** By ruler: a zoom by steps means nothing to times. */
  ranges: Record<Ruler, Shared<Range>>;
  lit: Shared<string | null>;
  /** Names the cursor that they share. */
  syncKey: string;
}

let made = 0;

export function makeChartView(): ChartView {
  made += 1;
  return {
    ranges: {
      step: sharedValue<Range>(null),
      epoch: sharedValue<Range>(null),
      time: sharedValue<Range>(null),
      elapsed: sharedValue<Range>(null),
    },
    lit: sharedValue<string | null>(null),
    syncKey: `charts-${made}`,
  };
}

export const RULERS: readonly Ruler[] = ["step", "epoch", "time", "elapsed"];
