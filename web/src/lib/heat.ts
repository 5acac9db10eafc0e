/** From counts to shades, and to words. */

export type Grid = readonly (readonly number[])[];
export type Place = readonly [row: number, column: number];

export const largestOf = (counts: Grid): number => counts.reduce((most, row) => Math.max(most, ...row), 0);

export const sumOf = (counts: Grid): number =>
  counts.reduce((sum, row) => sum + row.reduce((inner, count) => inner + count, 0), 0);

/** 0 to 1; by the square root, so that the few show beside the many. */
export const shade = (count: number, largest: number): number =>
  largest > 0 ? Math.sqrt(count / largest) : 0;

/** Where the largest count is; the first of several. */
export function peakOf(counts: Grid): Place {
  let peak: Place = [0, 0];
  let most = -1;
  counts.forEach((row, r) => {
    row.forEach((count, c) => {
      if (count > most) {
        most = count;
        peak = [r, c];
      }
    });
  });
  return peak;
}

/** The share of an image's side as people read it. */
export function formatSide(share: number): string {
  const percent = share * 100;
  if (percent === 0) return "0%";
  const digits = percent >= 10 ? 0 : percent >= 1 ? 1 : 2;
  return `${Number(percent.toFixed(digits))}%`;
}
