import type { ChartGroup, ChartSpec } from "../../lib/chart-groups";

const MOST = 4;

/** The primary metric, then losses, those of training and validation in one chart first; all that is pinned at the end. */
export function telling(
  groups: readonly ChartGroup[],
  primary: string,
  pins: ReadonlySet<string>,
): ChartSpec[] {
  const all = groups.flatMap((group) => group.charts.map((spec) => ({ spec, category: group.category })));
  const first = all.filter(({ spec }) => spec.keys.includes(primary));
  const losses = all
    .filter(({ spec, category }) => category === "Training Loss" && !first.some((one) => one.spec === spec))
    .sort((a, b) => b.spec.lines.length - a.spec.lines.length);
  const shown = new Set([...first, ...losses].slice(0, MOST));
  for (const one of all) if (pins.has(one.spec.quantity)) shown.add(one);
  return [...shown].map(({ spec }) => spec);
}
