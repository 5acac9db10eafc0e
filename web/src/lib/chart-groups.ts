/** Which lines share a chart, and under which heading it stands; from the keys and categories alone. */
import type { Category, MetricSeries, PrimaryMetric } from "../api/types";
import { type KeyParts, type Quantity, quantitiesOf, type Split } from "./chart-pairs";
import { type ChartRun, lineColor } from "./chart-runs";

export const CATEGORIES = [
  "Validation Metrics",
  "Training Loss",
  "Learning Rate",
  "System",
  "Other",
] as const;

export interface ChartLine {
  run: ChartRun;
  series: MetricSeries;
  split: Split | null;
  /** What tells its key apart from the others of the chart. */
  word: string;
  /** A CSS custom property: of the run where there are several, else of the key. */
  color: string;
  dash: readonly number[];
}

export interface ChartSpec {
  /** All keys of the chart, separated by blanks; the same while its keys are. */
  id: string;
  title: string;
  /** What is measured: stays the same when another key of it arrives. */
  quantity: string;
  keys: readonly string[];
  lines: ChartLine[];
}

export interface ChartGroup {
  category: string;
  charts: ChartSpec[];
}

const SOLID: readonly number[] = [];
const DASHED: readonly number[] = [6, 4];
const DOTTED: readonly number[] = [2, 3];
/** Lines of one run and one split that can't have colours of their own. */
const FURTHER = [SOLID, [10, 3], [2, 3], [10, 3, 2, 3]] as const;

/**
 * Groups in the order of {@link CATEGORIES}, unknown categories after them. Within a group the chart of the primary
 * metric first, those without any finite value last, the others in order of appearance.
 */
export function groupCharts(
  runs: readonly ChartRun[],
  primary?: PrimaryMetric,
  hidden: ReadonlySet<string> = new Set(),
): ChartGroup[] {
  const series = new Map<string, Map<string, MetricSeries>>();
  for (const run of runs) {
    for (const one of run.series) {
      const byRun = series.get(one.key) ?? new Map<string, MetricSeries>();
      series.set(one.key, byRun.set(run.id, one));
    }
  }
  const groups = new Map<string, ChartSpec[]>();
  for (const quantity of quantitiesOf([...series.keys()])) {
    const spec = chartOf(quantity, runs, series, hidden);
    if (spec.lines.length === 0) continue;
    const category = firstCategory(spec.lines.map((line) => line.series.category));
    const charts = groups.get(category);
    if (charts) charts.push(spec);
    else groups.set(category, [spec]);
  }
  return [...groups]
    .map(([category, charts]) => ({
      category,
      charts: charts.sort((a, b) => place(a, primary) - place(b, primary)),
    }))
    .sort((a, b) => rank(a.category) - rank(b.category) || a.category.localeCompare(b.category));
}

/** The key under which the primary metric's curve is logged. */
export const primaryKey = ({ name, source }: PrimaryMetric): string =>
  source === "computed" ? `snellen/${name}` : name;

function place(chart: ChartSpec, primary: PrimaryMetric | undefined): number {
  if (primary && chart.keys.includes(primaryKey(primary))) return 0;
  // One whose points are still on their way stays where it will be.
  const hasValue = chart.lines.some(
    ({ series: { points } }) => points.length === 0 || points.some((point) => typeof point[3] === "number"),
  );
  return hasValue ? 1 : 2;
}

const rank = (category: string): number => {
  const at = (CATEGORIES as readonly string[]).indexOf(category);
  return at < 0 ? CATEGORIES.length : at;
};

const ORDER: readonly (Split | null)[] = ["train", null, "val", "test"];

function chartOf(
  quantity: Quantity,
  runs: readonly ChartRun[],
  series: ReadonlyMap<string, ReadonlyMap<string, MetricSeries>>,
  hidden: ReadonlySet<string>,
): ChartSpec {
  const parts = [...quantity.parts].sort(
    (a, b) => ORDER.indexOf(a.split) - ORDER.indexOf(b.split) || a.key.localeCompare(b.key),
  );
  const lines = runs.flatMap((run, at) =>
    hidden.has(run.id)
      ? []
      : parts.flatMap((part, index): ChartLine[] => {
          const found = series.get(part.key)?.get(run.id);
          if (!found) return [];
          const color = lineColor(runs.length > 1 ? at : index);
          const dash = dashOf(part, index, parts, runs.length > 1);
          return [{ run, series: found, split: part.split, word: part.word, color, dash }];
        }),
  );
  const keys = parts.map((part) => part.key);
  const title = keys.length === 1 && quantity.base !== "lr" ? (keys[0] ?? "") : quantity.base;
  return { id: keys.join(" "), title, quantity: quantity.base.toLowerCase(), keys, lines };
}

/** Validation beside training is dashed, test dotted; where colours tell runs apart, further keys have dashes too. */
function dashOf(
  part: KeyParts,
  index: number,
  parts: readonly KeyParts[],
  several: boolean,
): readonly number[] {
  if (parts.length === 1) return SOLID;
  if (part.split === "val") return DASHED;
  if (part.split === "test") return DOTTED;
  return several ? (FURTHER[index % FURTHER.length] ?? SOLID) : SOLID;
}

const firstCategory = (categories: readonly Category[]): string =>
  [...categories].sort((a, b) => rank(a) - rank(b))[0] ?? "Other";

/** What tells a line from the others of its chart: its run, its key, both or, alone, nothing. */
export function lineName(line: ChartLine, spec: ChartSpec): string {
  const runs = spec.lines.some((one) => one.run.id !== line.run.id);
  return [runs ? line.run.name : "", spec.keys.length > 1 ? line.word : ""].filter(Boolean).join(" · ");
}
