import { compareNames } from "../../lib/format";
import type { MatrixOrder } from "../../lib/validation-search";
import { backgroundOf, type Cell, type DrawnMatrix } from "./confusion-cells";

export interface Arrangement {
  /** The index that each shown label has in the matrix; null for the one that stands for all others. */
  source: readonly (number | null)[];
  /** Where each label of the matrix is shown. */
  place: readonly number[];
}

/** The order of the classes, and the `worst` most confused alone with the rest as one. */
export function arrangementOf(
  matrix: DrawnMatrix,
  order: MatrixOrder | undefined,
  worst: number | undefined,
): Arrangement {
  const background = backgroundOf(matrix);
  const size = matrix.labels.length;
  const classes = Array.from({ length: size }, (_, at) => at).filter((at) => at !== background);
  const folds = worst !== undefined && worst < classes.length;
  let shown = classes;
  if (order === "confused" || folds) {
    const mistakes = mistakesOf(matrix);
    const byMistakes = [...classes].sort((a, b) => (mistakes[b] ?? 0) - (mistakes[a] ?? 0) || a - b);
    shown = folds ? byMistakes.slice(0, worst) : byMistakes;
    if (order !== "confused") shown = shown.sort((a, b) => a - b);
  }
  if (order === "name") shown = sortByName(shown, matrix.labels);
  if (order === "near") shown = sideBySide(matrix, shown);
  const source: (number | null)[] = [...shown];
  if (folds) source.push(null);
  if (background >= 0) source.push(background);
  const others = source.indexOf(null);
  const place = new Array<number>(size).fill(others);
  source.forEach((at, to) => {
    if (at !== null) place[at] = to;
  });
  return { source, place };
}

/** The matrix as it is arranged; cells of folded classes are added up. */
export function arranged(matrix: DrawnMatrix, arrangement: Arrangement, othersLabel: string): DrawnMatrix {
  const { source, place } = arrangement;
  const others = source.indexOf(null);
  const size = source.length;
  const background = backgroundOf(matrix);
  const labels = source.map((at) => (at === null ? othersLabel : (matrix.labels[at] ?? "")));
  const sums = new Map<number, number>();
  let right = 0;
  for (const [row, column, count] of matrix.cells) {
    const to = (place[row] ?? 0) * size + (place[column] ?? 0);
    sums.set(to, (sums.get(to) ?? 0) + count);
    if (row === column && place[row] === others) right += count;
  }
  const cells = [...sums].map(([at, count]): [number, number, number] => [
    Math.floor(at / size),
    at % size,
    count,
  ]);
  return {
    ...matrix,
    labels,
    cells,
    background: background < 0 ? -1 : (place[background] ?? -1),
    ...(others < 0 ? {} : { others, folded: { classes: place.filter((at) => at === others).length, right } }),
  };
}

/** The cell of the matrix behind a shown one; null where several classes stand together. */
export function sourceOf({ source }: Arrangement, [row, column]: Cell): Cell | null {
  const [trueIndex, predIndex] = [source[row], source[column]];
  return typeof trueIndex === "number" && typeof predIndex === "number" ? [trueIndex, predIndex] : null;
}

/** Where a cell of the matrix is shown; null if there is no such cell. */
export function placeOf({ place }: Arrangement, cell: Cell | null): Cell | null {
  if (!cell) return null;
  const [row, column] = [place[cell[0]], place[cell[1]]];
  return row === undefined || column === undefined ? null : [row, column];
}

/** How many mistakes a class has part in: missed, taken for another, or seen where it isn't. */
export function mistakesOf(matrix: DrawnMatrix): Float64Array {
  const mistakes = new Float64Array(matrix.labels.length);
  for (const [row, column, count] of matrix.cells) {
    if (row === column) continue;
    mistakes[row] = (mistakes[row] ?? 0) + count;
    mistakes[column] = (mistakes[column] ?? 0) + count;
  }
  return mistakes;
}

const sortByName = (shown: readonly number[], labels: readonly string[]): number[] =>
  [...shown].sort((a, b) => compareNames(labels[a] ?? "", labels[b] ?? "") || a - b);

/**
 * An order in which classes that are taken for one another stand side by side: the strongest links first, each class
 * with at most two neighbours, so that links grow into chains. Chains follow one another by their strongest link.
 */
export function sideBySide(matrix: DrawnMatrix, shown: readonly number[]): number[] {
  const allowed = new Set(shown);
  const size = matrix.labels.length;
  const links = new Map<number, number>();
  for (const [row, column, count] of matrix.cells) {
    if (row === column || !allowed.has(row) || !allowed.has(column)) continue;
    const key = Math.min(row, column) * size + Math.max(row, column);
    links.set(key, (links.get(key) ?? 0) + count);
  }
  const chainOf = new Map<number, number[]>(shown.map((at) => [at, [at]]));
  const rankOf = new Map<number[], number>();
  [...links]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .forEach(([key], rank) => {
      const [a, b] = [Math.floor(key / size), key % size];
      const [first, second] = [chainOf.get(a) ?? [], chainOf.get(b) ?? []];
      const ranks = [rankOf.get(first) ?? rank, rankOf.get(second) ?? rank];
      if (!join(first, second, a, b)) return;
      rankOf.delete(second);
      rankOf.set(first, Math.min(...ranks));
      for (const at of second) chainOf.set(at, first);
    });
  const linked = [...rankOf].sort((a, b) => a[1] - b[1]).flatMap(([chain]) => chain);
  const placed = new Set(linked);
  return [...linked, ...shown.filter((at) => !placed.has(at))];
}

/** The second chain hung on the first where `a` and `b` are ends of them; whether that was possible. */
function join(first: number[], second: number[], a: number, b: number): boolean {
  if (first === second) return false;
  const isEnd = (chain: number[], at: number) => chain[0] === at || chain[chain.length - 1] === at;
  if (!isEnd(first, a) || !isEnd(second, b)) return false;
  if (first[first.length - 1] !== a) first.reverse();
  if (second[0] !== b) second.reverse();
  first.push(...second);
  return true;
}
