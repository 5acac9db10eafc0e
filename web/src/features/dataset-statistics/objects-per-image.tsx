import type { DatasetStatistics } from "../../api/types";
import { Card } from "../../components/card";
import { ColumnChart } from "../../components/column-chart";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";

export function ObjectsPerImage({ statistics }: { statistics: DatasetStatistics }) {
  const { edges, counts } = statistics.objects_per_image;
  const columns = counts.map((value, at) => ({
    label: rangeText(edges[at] ?? 0, edges[at + 1]),
    value,
  }));
  return (
    <Card title={t("statistics.perImage")} note={t("statistics.perImageNote")}>
      <ColumnChart columns={columns} label={t("statistics.perImage")} />
    </Card>
  );
}

/** The whole numbers from `from` up to, and without, `to`; the last range has no end. */
function rangeText(from: number, to: number | undefined): string {
  if (to === undefined) return t("statistics.andMore", { from });
  return to - from <= 1 ? formatCount(from) : `${formatCount(from)}–${formatCount(to - 1)}`;
}
