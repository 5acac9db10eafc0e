import { useCallback, useMemo } from "react";
import type { ChartGroup } from "../../lib/chart-groups";
import { useStoredValue } from "../../lib/use-stored";

export const PINNED = "Pinned";

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
const NONE: string[] = [];

/** Names that this browser remembers, and what puts one in or out. */
export function useStoredNames(name: string): [ReadonlySet<string>, (one: string) => void] {
  const [names, setNames] = useStoredValue<string[]>(name, NONE, isNames);
  const set = useMemo(() => new Set(names), [names]);
  const toggle = useCallback(
    (one: string) => setNames(names.includes(one) ? names.filter((other) => other !== one) : [...names, one]),
    [names, setNames],
  );
  return [set, toggle];
}

/** The charts of pinned quantities on top, in place of where they stood. */
export function withPinned(groups: readonly ChartGroup[], pins: ReadonlySet<string>): ChartGroup[] {
  const pinned = groups.flatMap((group) => group.charts.filter((spec) => pins.has(spec.quantity)));
  if (pinned.length === 0) return [...groups];
  const others = groups
    .map((group) => ({ ...group, charts: group.charts.filter((spec) => !pins.has(spec.quantity)) }))
    .filter((group) => group.charts.length > 0);
  return [{ category: PINNED, charts: pinned }, ...others];
}
