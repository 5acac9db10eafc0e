import { expect, it } from "vitest";
import { MOST_AT_ONCE } from "../api/job-metrics";
import type { MetricPoint, MetricSeries } from "../api/types";
import { allPoints, partOf, pointsIn, withFiner } from "./chart-part";
import type { ChartRun, SeriesPart } from "./chart-runs";

const COUNT = 100_000;
const SPIKE = 77_777;
/** 1,000 steps an epoch, one a second. */
const every: MetricPoint[] = Array.from({ length: COUNT }, (_, step) => [
  step,
  Math.floor(step / 1000) + 1,
  1_000_000 + step * 1000,
  step === SPIKE ? 1e9 : step % 97,
]);

const thinned = (points: MetricPoint[], most: number): MetricPoint[] =>
  points.length <= most
    ? points
    : Array.from(
        { length: most },
        (_, at) => points[Math.round((at * (points.length - 1)) / (most - 1))],
      ).filter((point) => point !== undefined);

const seriesOf = (points: MetricPoint[], total: number): MetricSeries => ({
  key: "a",
  category: "Other",
  points,
  total,
});

/** A source as the server is: a part thinned, with its neighbours. */
function runOf(asked: SeriesPart[]): ChartRun {
  return {
    id: "1",
    name: "one",
    bestEpoch: null,
    series: [seriesOf(thinned(every, 2000), COUNT)],
    live: false,
    finer: async (part) => {
      asked.push(part);
      const within = pointsIn(every, part);
      const before = every[(within[0]?.[0] ?? 0) - 1];
      const after = every[(within[within.length - 1]?.[0] ?? COUNT) + 1];
      const points = [before, ...thinned(within, part.maxPoints), after].filter(
        (point) => point !== undefined,
      );
      return [seriesOf(points, within.length)];
    },
  };
}

const lineOf = (run: ChartRun) => ({
  run,
  series: run.series[0] as MetricSeries,
  split: null,
  word: "a",
  color: "--series-1",
  dash: [],
});

it("reads every point of a long series in pieces that the source gives whole", async () => {
  const asked: SeriesPart[] = [];
  const points = await allPoints(lineOf(runOf(asked)), "step", null);
  expect(points.length).toBe(COUNT);
  expect(points.every((point, at) => point === every[at])).toBe(true);
  expect(asked.every((part) => part.maxPoints <= MOST_AT_ONCE)).toBe(true);
  expect(asked.length).toBeLessThan(30);
});

it.each([
  ["step", [70_000.5, 90_000], 70_001, 90_000],
  ["time", [1000 + 50_000, 1000 + 51_000], 50_000, 51_000],
  ["elapsed", [60_000, 60_002], 60_000, 60_002],
] as const)("reads every point of a range by %s", async (ruler, range, first, last) => {
  const points = await allPoints(lineOf(runOf([])), ruler, range);
  expect(points.map((point) => point[0])).toEqual(
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
  );
});

it("asks for whole epochs, since steps stand before the end of theirs", () => {
  expect(partOf(runOf([]), "epoch", [1.4, 3])).toEqual({ axis: "epoch", from: 2, to: 3 });
});

it("puts the finer points where they belong and keeps what came since", () => {
  const coarse = seriesOf([every[0], every[500], every[900], every[2000]] as MetricPoint[], 2001);
  const finer = seriesOf(every.slice(400, 1000), 598);
  const steps = withFiner(coarse, finer).points.map((point) => point[0]);
  expect(steps).toEqual([0, ...Array.from({ length: 600 }, (_, at) => 400 + at), 2000]);
  expect(withFiner(coarse, undefined)).toBe(coarse);
});
