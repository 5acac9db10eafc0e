/** Which metric keys share a chart, and under which heading it stands; from the keys and categories alone. */
import type { MetricSeries, PrimaryMetric } from "../api/types";

export const CATEGORIES = [
  "Validation Metrics",
  "Training Loss",
  "Learning Rate",
  "System",
  "Other",
] as const;

export interface ChartSpec {
  /** All keys of the chart, separated by blanks; the same while its keys are. */
  id: string;
  title: string;
  series: MetricSeries[];
}

export interface ChartGroup {
  category: string;
  charts: ChartSpec[];
}

/**
 * Groups in the order of {@link CATEGORIES}, unknown categories after them. Within a group the chart of the primary
 * metric first, those without any finite value last, the others in order of appearance.
 */
export function groupCharts(series: readonly MetricSeries[], primary?: PrimaryMetric): ChartGroup[] {
  const byQuantity = new Map<string, MetricSeries[]>();
  for (const one of series) {
    const quantity = quantityOf(one.key);
    const list = byQuantity.get(quantity);
    if (list) list.push(one);
    else byQuantity.set(quantity, [one]);
  }
  const groups = new Map<string, ChartSpec[]>();
  for (const [quantity, members] of byQuantity) {
    const spec = chartOf(quantity, members);
    const category = firstCategory(members);
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
  if (primary && chart.series.some((one) => one.key === primaryKey(primary))) return 0;
  const hasValue = chart.series.some((one) => one.points.some((point) => typeof point[3] === "number"));
  return hasValue ? 1 : 2;
}

const rank = (category: string): number => {
  const at = (CATEGORIES as readonly string[]).indexOf(category);
  return at < 0 ? CATEGORIES.length : at;
};

/** What is measured: the key without a leading train/ or val/; all of lr/ is one quantity. */
function quantityOf(key: string): string {
  if (key.startsWith("lr/")) return "lr/";
  const match = /^(?:train|val)\/(.+)$/.exec(key);
  return match ? `*/${match[1]}` : key;
}

function chartOf(quantity: string, members: MetricSeries[]): ChartSpec {
  const series = [...members].sort((a, b) => a.key.localeCompare(b.key));
  const only = series.length === 1 ? series[0] : undefined;
  const title = quantity === "lr/" ? "lr" : (only?.key ?? quantity.slice(2));
  return { id: series.map((one) => one.key).join(" "), title, series };
}

const firstCategory = (members: readonly MetricSeries[]): string =>
  members.map((one) => one.category).sort((a, b) => rank(a) - rank(b))[0] ?? "Other";

/** A validation curve beside a training curve is drawn dashed. */
export const isDashed = (key: string, spec: ChartSpec): boolean =>
  spec.series.length > 1 && key.startsWith("val/");
