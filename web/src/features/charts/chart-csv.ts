/** Charts as a table: every point of what is shown, one a row. */
import type { Ruler } from "../../lib/chart-data";
import type { ChartLine } from "../../lib/chart-groups";
import { allPoints } from "../../lib/chart-part";
import { toCsv } from "../../lib/csv";
import type { Range } from "../../lib/plot-gestures";

export interface ShownLines {
  lines: readonly ChartLine[];
  ruler: Ruler;
  range: Range;
}

const COLUMNS = ["run", "key", "step", "epoch", "time", "value"] as const;

export async function csvOf(charts: readonly ShownLines[]): Promise<string> {
  const parts = [toCsv([COLUMNS])];
  for (const { lines, ruler, range } of charts) {
    for (const line of lines) {
      const points = await allPoints(line, ruler, range);
      parts.push(
        toCsv(
          points.map(([step, epoch, time, value]) => [
            line.run.name,
            line.series.key,
            String(step),
            epoch === null ? "" : String(epoch),
            new Date(time).toISOString(),
            String(value),
          ]),
        ),
      );
    }
  }
  return parts.join("");
}

/** A name for a file that every system takes. */
export const fileName = (title: string, ending: string): string =>
  `${title.replace(/[^\p{L}\p{N}()._-]+/gu, "-").replace(/^-+|-+$/g, "") || "chart"}.${ending}`;
