/** Results of several jobs against a baseline, and whether they can be held against one another at all. */
import type { Job, Num, PerClassRow } from "../api/types";
import { toNumber } from "./format";

export interface Compared {
  value: number | null;
  /** From the baseline's value to this one; null for the baseline and without either value. */
  difference: number | null;
  best: boolean;
  /** Whether the difference is for the better; null where there is none. */
  better: boolean | null;
}

/** Values of one quantity; the best are marked, where there are two different ones at least. */
export function compareValues(
  values: readonly (Num | null | undefined)[],
  baseline: number,
  higherIsBetter: boolean,
): Compared[] {
  const numbers = values
    .map((value) => toNumber(value))
    .map((n) => (n !== null && Number.isFinite(n) ? n : null));
  const finite = numbers.filter((value) => value !== null);
  const best = higherIsBetter ? Math.max(...finite) : Math.min(...finite);
  const marks = new Set(finite).size > 1;
  const base = numbers[baseline] ?? null;
  return numbers.map((value, at) => {
    const difference = value === null || base === null || at === baseline ? null : value - base;
    return {
      value,
      difference,
      best: marks && value === best,
      better: difference === null || difference === 0 ? null : difference > 0 === higherIsBetter,
    };
  });
}

/** Why numbers of these jobs can't be held against one another. */
export type Obstacle = "task" | "dataset" | "snapshot" | "metric";

export function obstaclesOf(jobs: readonly Job[]): Obstacle[] {
  const differ = (of: (job: Job) => unknown) => new Set(jobs.map(of)).size > 1;
  const found: Obstacle[] = [];
  if (differ((job) => job.task)) found.push("task");
  if (differ((job) => job.dataset?.name ?? null)) found.push("dataset");
  else if (differ((job) => job.dataset?.snapshot ?? null)) found.push("snapshot");
  if (differ(({ primary_metric: { name, source, direction } }) => `${source} ${name} ${direction}`)) {
    found.push("metric");
  }
  return found;
}

/** What a table of classes can compare, the first that every job has. */
const CLASS_FIGURES = ["ap50_95", "f1", "recall", "precision", "ap50", "iou", "dice"] as const;
export type ClassFigure = (typeof CLASS_FIGURES)[number];

export const figuresOf = (jobs: readonly (readonly PerClassRow[])[]): ClassFigure[] =>
  CLASS_FIGURES.filter((name) => jobs.some((rows) => rows.some((row) => typeof row[name] === "number")));

export interface ClassCompared {
  name: string;
  truths: number;
  cells: Compared[];
}

/** A row a class, by its name, for jobs may number their classes in different ways. */
export function compareClasses(
  jobs: readonly (readonly PerClassRow[])[],
  figure: ClassFigure,
  baseline: number,
): ClassCompared[] {
  const byName = jobs.map((rows) => new Map(rows.map((row) => [row.class_name, row])));
  const names = [...new Set(jobs.flatMap((rows) => rows.map((row) => row.class_name)))];
  return names.map((name) => {
    const rows = byName.map((known) => known.get(name));
    return {
      name,
      truths: Math.max(...rows.map((row) => row?.truths ?? 0)),
      cells: compareValues(
        rows.map((row) => row?.[figure] ?? null),
        baseline,
        true,
      ),
    };
  });
}
