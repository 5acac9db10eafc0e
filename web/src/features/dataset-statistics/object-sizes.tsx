import type { DatasetStatistics } from "../../api/types";
import { Card } from "../../components/card";
import { HeatMap } from "../../components/heat-map";
import { formatSide, sumOf } from "../../lib/heat";
import { t } from "../../lib/i18n-datasets";
import classes from "./statistics.module.css";

const TICKS = 5;

/** How large boxes are, and where; nothing for images that are classified as a whole. */
export function ObjectSizes({ statistics }: { statistics: DatasetStatistics }) {
  const { box_sizes: sizes, positions } = statistics;
  if (!sizes || !positions || statistics.objects === 0) return null;
  const side = (edge: number) => formatSide(sizes.edges[edge] ?? 0);
  const range = (bin: number) => `${side(bin)}–${side(bin + 1)}`;
  const ticks = spread(sizes.bins).map(side);
  const cell = (bin: number) =>
    `${formatSide(bin / positions.bins)}–${formatSide((bin + 1) / positions.bins)}`;
  const shares = spread(100).map((percent) => `${percent}%`);
  return (
    <div className={classes.columns}>
      <Card title={t("statistics.boxSizes")} note={t("statistics.boxSizesNote")}>
        <HeatMap
          counts={sizes.counts}
          label={t("statistics.boxSizesLabel", { count: sumOf(sizes.counts) })}
          describe={([row, column], count) =>
            t("statistics.boxSize", { width: range(column), height: range(row), count })
          }
          yTicks={[...ticks].reverse()}
          xTicks={ticks}
          upwards
        />
      </Card>
      <Card title={t("statistics.positions")} note={t("statistics.positionsNote")}>
        <HeatMap
          counts={positions.counts}
          label={t("statistics.positionsLabel", { count: sumOf(positions.counts) })}
          describe={([row, column], count) =>
            t("statistics.position", { x: cell(column), y: cell(row), count })
          }
          yTicks={shares}
          xTicks={shares}
        />
      </Card>
    </div>
  );
}

/** A few whole numbers from 0 to `most`, evenly. */
const spread = (most: number): number[] =>
  Array.from({ length: TICKS }, (_, at) => Math.round((at * most) / (TICKS - 1)));
