/** What several trainings were given, side by side. */

/** One training's parameters by name; values as they were given. */
export interface Given {
  values: ReadonlyMap<string, unknown>;
}

export interface ParamRow {
  name: string;
  /** As text, in the order of the trainings; null where one wasn't given this parameter. */
  values: (string | null)[];
  differs: boolean;
}

/** A row for each name that any of them has, in the order in which they come first. */
export function paramRows(given: readonly Given[]): ParamRow[] {
  const names = [...new Set(given.flatMap((one) => [...one.values.keys()]))];
  return names.map((name) => {
    const values = given.map((one) => (one.values.has(name) ? textOf(one.values.get(name)) : null));
    return { name, values, differs: new Set(values).size > 1 };
  });
}

/** A value for people; the same text for the same value, whatever the order of its names. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (typeof value === "object") {
    const parts = Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => `${name} ${textOf(inner)}`);
    return parts.join(", ") || "–";
  }
  return String(value);
}
