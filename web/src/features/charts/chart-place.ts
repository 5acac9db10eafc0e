/** What stands on a chart at which x, and how an x is said. */
import type { Ruler } from "../../lib/chart-data";
import type { ChartLine } from "../../lib/chart-groups";
import { placeOfEpoch } from "../../lib/chart-marks";
import { formatClock, formatCount, formatElapsed } from "../../lib/format";
import { t } from "../../lib/i18n-charts";
import type { Mark } from "../../lib/line-options";
import type { ChartSettings } from "./use-chart-settings";

/** The best epoch of each run, and over all of them the one that was chosen. */
export function marksOf(lines: readonly ChartLine[], ruler: Ruler, epoch: number | null): Mark[] {
  const marks: Mark[] = [];
  const seen = new Set<string>();
  const several = lines.some((line) => line.run.id !== lines[0]?.run.id);
  for (const line of lines) {
    const { id, bestEpoch } = line.run;
    if (seen.has(id) || bestEpoch === null) continue;
    const x = placeOfEpoch(line, bestEpoch, ruler);
    if (x === null) continue;
    seen.add(id);
    marks.push({ x, kind: "best", color: several ? line.color : "--muted" });
  }
  const [first] = lines;
  const x = first && epoch !== null ? placeOfEpoch(first, epoch, ruler) : null;
  if (x !== null) marks.push({ x, kind: "chosen", color: "--accent" });
  return marks;
}

export function placeText(ruler: Ruler, x: number): string {
  if (ruler === "time") return formatClock(x * 1000);
  if (ruler === "elapsed") return formatElapsed(x);
  const shown = ruler === "epoch" && !Number.isInteger(x) ? x.toFixed(2) : formatCount(x);
  return `${t(`charts.axis.${ruler}`)} ${shown}`;
}

/** Why this chart stands by something else than what was chosen. */
export function insteadOf(ruler: Ruler, { axis }: ChartSettings): string | null {
  if (ruler === "step" && axis === "epoch") return t("charts.instead.step");
  if ((ruler === "time" || ruler === "elapsed") && axis !== "time") return t("charts.instead.time");
  return null;
}
