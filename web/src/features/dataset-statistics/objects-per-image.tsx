import type { DatasetStatistics } from "../../api/types";
import { Card } from "../../components/card";
import { ColumnChart } from "../../components/column-chart";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";

export function ObjectsPerImage({ statistics }: { statistics: DatasetStatistics }) {
  const { edges, counts } = statistics.objects_per_image;
  const columns = counts.map((value, at) => ({
    label: rangeText(edges[at] ?? 0, edges[at + 1] ?? (edges[at] ?? 0) + 1),
    value,
  }));
  return (
    <Card title={t("statistics.perImage")} note={t("statistics.perImageNote")}>
      <ColumnChart columns={columns} label={t("statistics.perImage")} />
    </Card>
  );
}

/** The whole numbers from `from` up to, and without, `to`. */
function rangeText(from: number, to: number): string {
  const first = Math.ceil(from);
  const last = Math.ceil(to) - 1;
  return last <= first ? formatCount(first) : `${formatCount(first)}–${formatCount(last)}`;
}
