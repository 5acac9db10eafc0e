/** The lines of an image's history over the slider: places from 0 to 100, one for each validated epoch. */
import type { HistoryRow, ResultRow, Task } from "../../api/types";

export interface HistoryLine {
  kind: "tp" | "fn" | "fp" | "iou" | "score";
  path: string;
}

const TOP = 6;
const BOTTOM = 94;

/** What is drawn: the followed object's overlap and score, a classifier's score, else counts. */
export function historyLines(
  items: readonly ResultRow[],
  rows: readonly HistoryRow[],
  task: Task,
  following: boolean,
): HistoryLine[] {
  const place = new Map(items.map((row, at) => [row.epoch, (100 * at) / Math.max(1, items.length - 1)]));
  const line = (kind: HistoryLine["kind"], most: number, numberOf: (row: HistoryRow) => number) => ({
    kind,
    path: pathOf(
      rows.flatMap((row) => {
        const x = place.get(row.epoch);
        return x === undefined ? [] : [[x, BOTTOM - ((BOTTOM - TOP) * numberOf(row)) / most] as const];
      }),
    ),
  });
  if (following) {
    return [
      line("iou", 1, (row) => row.object?.iou ?? 0),
      line("score", 1, (row) => (row.object?.outcome === "tp" ? (row.object.score ?? 0) : 0)),
    ];
  }
  if (task === "classification") return [line("score", 1, (row) => row.true_score ?? 0)];
  const most = Math.max(1, ...rows.flatMap((row) => [row.tp, row.fp, row.fn]));
  return [
    line("fp", most, (row) => row.fp),
    line("fn", most, (row) => row.fn),
    line("tp", most, (row) => row.tp),
  ];
}

function pathOf(points: readonly (readonly [x: number, y: number])[]): string {
  const [only] = points;
  // One epoch alone is a dash.
  if (points.length === 1 && only) return `M${round(only[0] - 1)} ${round(only[1])}h2`;
  return points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

const round = (value: number): number => Math.round(value * 100) / 100;
