/** More points of what is seen of one chart; until they are here, those that were there stay. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { MOST_AT_ONCE } from "../../api/job-metrics";
import type { MetricSeries } from "../../api/types";
import type { Ruler } from "../../lib/chart-data";
import type { ChartLine } from "../../lib/chart-groups";
import { isThinned, type PartRange, partOf, pointsIn, withFiner } from "../../lib/chart-part";
import type { ChartRun } from "../../lib/chart-runs";
import type { Range } from "../../lib/plot-gestures";

/** As many as a chart has room for: a small one, and one that fills the page. */
const MOST_A_LINE = { small: 2000, large: 8000 };
const AGAIN_MS = 15_000;
const KEEP_MS = 30_000;

interface Wanted {
  lines: readonly ChartLine[];
  ruler: Ruler;
  range: Range;
  /** The chart is on the screen, and zoomed or large. */
  active: boolean;
  large: boolean;
}

export interface Finer {
  lines: readonly ChartLine[];
  /** How many points of the range are drawn, and how many there are. */
  shown: number;
  total: number;
}

export function useFiner({ lines, ruler, range, active, large }: Wanted): Finer {
  const asked = useMemo(() => askedOf(lines), [lines]);
  const wanted = active && asked.length > 0;
  const most = large ? MOST_A_LINE.large : MOST_A_LINE.small;
  const query = useQuery({
    queryKey: ["charts", "part", most, ruler, range, asked.map(({ run, keys }) => [run.id, keys])],
    queryFn: ({ signal }) =>
      Promise.all(
        asked.map(async ({ run, keys }) => {
          const part = partOf(run, ruler, range);
          const maxPoints = Math.min(most, Math.floor(MOST_AT_ONCE / keys.length));
          return {
            id: run.id,
            part,
            series: (await run.finer?.({ ...part, keys, maxPoints }, signal)) ?? [],
          };
        }),
      ),
    enabled: wanted,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    refetchInterval: asked.some(({ run }) => run.live) ? AGAIN_MS : false,
    staleTime: AGAIN_MS,
    gcTime: KEEP_MS,
  });
  const found = wanted ? query.data : undefined;
  // What was asked for another range is drawn until its own comes, but says nothing of how many there are.
  const counts = !query.isPlaceholderData;
  return useMemo(() => {
    let [shown, total] = [0, 0];
    const fine = lines.map((line): ChartLine => {
      const of = found?.find(({ id }) => id === line.run.id);
      const finer = of?.series.find(({ key }) => key === line.series.key);
      const part = (counts ? of?.part : undefined) ?? partOf(line.run, ruler, range);
      const merged = withFiner(line.series, finer);
      const drawn = pointsIn(merged.points, part).length;
      shown += drawn;
      // Points that came since are drawn, though the source didn't count them then.
      total += counts && finer ? Math.max(finer.total, drawn) : guessed(line.series, drawn, part, range);
      return merged === line.series ? line : { ...line, series: merged };
    });
    return { lines: fine.every((line, at) => line === lines[at]) ? lines : fine, shown, total };
  }, [lines, found, counts, ruler, range]);
}

/** The thinned lines of each run whose source has more. */
function askedOf(lines: readonly ChartLine[]): { run: ChartRun; keys: string[] }[] {
  const byRun = new Map<string, { run: ChartRun; keys: string[] }>();
  for (const { run, series } of lines) {
    if (!run.finer || !isThinned(series)) continue;
    const asked = byRun.get(run.id) ?? { run, keys: [] };
    asked.keys.push(series.key);
    byRun.set(run.id, asked);
  }
  return [...byRun.values()];
}

/** How many points the range has where the source has not told yet: as in the whole of it. */
function guessed(coarse: MetricSeries, drawn: number, part: PartRange, range: Range): number {
  if (!range) return coarse.total;
  if (!isThinned(coarse)) return drawn;
  const known = pointsIn(coarse.points, part).length;
  return Math.max(Math.round((known * coarse.total) / Math.max(1, coarse.points.length)), drawn);
}
