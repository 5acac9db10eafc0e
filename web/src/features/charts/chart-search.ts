/** Which charts a search for keys leaves: plain text, or between slashes a regular expression. */
import type { ChartGroup, ChartSpec } from "../../lib/chart-groups";

export type Search =
  | { matches: (spec: ChartSpec) => boolean; problem: null }
  | { matches: null; problem: string };

export function searchOf(text: string): Search {
  const wanted = text.trim();
  const pattern = /^\/(.+)\/$/.exec(wanted)?.[1];
  if (pattern === undefined) {
    const lower = wanted.toLowerCase();
    return { matches: (spec) => spec.keys.some((key) => key.toLowerCase().includes(lower)), problem: null };
  }
  try {
    const expression = new RegExp(pattern, "i");
    return { matches: (spec) => spec.keys.some((key) => expression.test(key)), problem: null };
  } catch (error) {
    return { matches: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

export function matching(groups: readonly ChartGroup[], matches: (spec: ChartSpec) => boolean): ChartGroup[] {
  return groups
    .map((group) => ({ ...group, charts: group.charts.filter(matches) }))
    .filter((group) => group.charts.length > 0);
}
