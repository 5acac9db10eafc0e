import type { Level } from "../../api/job-logs";
import type { LogLine } from "../../api/types";

/** A part of the log without holes. */
export interface Held {
  lines: readonly LogLine[];
  /** Whether the log's first and its newest line are in it. */
  start: boolean;
  end: boolean;
}

/** So many lines are held at most, however long the log is. */
export const MOST_HELD = 3000;

export function withEarlier(held: Held, earlier: readonly LogLine[]): Held {
  const first = held.lines[0]?.line ?? Number.POSITIVE_INFINITY;
  const fresh = earlier.filter((line) => line.line < first);
  const all = [...fresh, ...held.lines];
  const cut = all.length > MOST_HELD;
  return {
    lines: cut ? all.slice(0, MOST_HELD) : all,
    start: fresh.length === 0 || all[0]?.line === 1,
    end: held.end && !cut,
  };
}

export function withLater(held: Held, later: readonly LogLine[], end: boolean): Held {
  const last = held.lines[held.lines.length - 1]?.line ?? 0;
  const fresh = later.filter((line) => line.line > last);
  if (fresh.length === 0 && end === held.end) return held;
  const all = [...held.lines, ...fresh];
  const cut = all.length > MOST_HELD;
  return { lines: cut ? all.slice(-MOST_HELD) : all, start: held.start && !cut, end };
}

const FROM: Record<Level, readonly string[]> = {
  info: ["info", "warning", "warn", "error", "critical", "fatal"],
  warning: ["warning", "warn", "error", "critical", "fatal"],
  error: ["error", "critical", "fatal"],
};

export const isOfLevel = (line: LogLine, level: Level | undefined): boolean =>
  level === undefined || FROM[level].includes(line.level.toLowerCase());
