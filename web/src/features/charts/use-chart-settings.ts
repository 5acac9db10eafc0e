import { useMemo } from "react";
import type { XAxis } from "../../lib/chart-runs";
import { useStored, useStoredValue } from "../../lib/use-stored";

/** How all charts of a page are drawn. */
export interface ChartSettings {
  axis: XAxis;
  /** Times since each run's start rather than of the day. */
  elapsed: boolean;
  log: boolean;
  /** 0 to 0.99: the weight of what came before. */
  smoothing: number;
}

export type ChangeSettings = (change: Partial<ChartSettings>) => void;

const AXES: readonly unknown[] = ["step", "epoch", "time"] satisfies XAxis[];
const isAxis = (value: unknown): value is XAxis => AXES.includes(value);
const isWeight = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= MOST_SMOOTHING;

export const MOST_SMOOTHING = 0.99;

export function useChartSettings(): [ChartSettings, ChangeSettings] {
  const [axis, setAxis] = useStoredValue<XAxis>("charts.axis", "epoch", isAxis);
  const [elapsed, setElapsed] = useStored("charts.elapsed", true);
  const [log, setLog] = useStored("charts.log", false);
  const [smoothing, setSmoothing] = useStoredValue<number>("charts.smoothing", 0, isWeight);
  const settings = useMemo(() => ({ axis, elapsed, log, smoothing }), [axis, elapsed, log, smoothing]);
  const change: ChangeSettings = (wanted) => {
    if (wanted.axis !== undefined) setAxis(wanted.axis);
    if (wanted.elapsed !== undefined) setElapsed(wanted.elapsed);
    if (wanted.log !== undefined) setLog(wanted.log);
    if (wanted.smoothing !== undefined) setSmoothing(wanted.smoothing);
  };
  return [settings, change];
}
