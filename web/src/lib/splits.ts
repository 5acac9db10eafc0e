const USUAL = ["train", "val", "test"];

/** Splits with their counts, the usual ones first and in their usual order. */
export function splitsOf(counts: Readonly<Record<string, number>>): [split: string, count: number][] {
  const rank = (split: string) => (USUAL.includes(split) ? USUAL.indexOf(split) : USUAL.length);
  return Object.entries(counts).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
