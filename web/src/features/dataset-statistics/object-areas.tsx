import type { DatasetStatistics } from "../../api/types";
import { BarTable } from "../../components/bar-table";
import { Card } from "../../components/card";
import { t } from "../../lib/i18n-datasets";

/** Small, medium and large objects, as COCO counts them. */
export function ObjectAreas({ statistics: { areas } }: { statistics: DatasetStatistics }) {
  if (!areas) return null;
  return (
    <Card title={t("statistics.areas")} note={t("statistics.areasNote")} flush>
      <BarTable
        caption={t("statistics.areas")}
        heads={[t("object.area"), t("dataset.objects")]}
        rows={(["small", "medium", "large"] as const).map((size) => ({
          key: size,
          name: t(`statistics.${size}`),
          values: [areas[size]],
        }))}
      />
    </Card>
  );
}
