import type { DatasetStatistics } from "../../api/types";
import { BarTable } from "../../components/bar-table";
import { Card } from "../../components/card";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";

export function ImageSizes({ statistics }: { statistics: DatasetStatistics }) {
  return (
    <Card title={t("statistics.imageSizes")} flush>
      <BarTable
        caption={t("statistics.imageSizes")}
        heads={[t("statistics.widthHeight"), t("dataset.images")]}
        rows={statistics.image_sizes.map(({ width, height, images }) => ({
          key: `${width}x${height}`,
          name: `${formatCount(width)} × ${formatCount(height)}`,
          values: [images],
        }))}
        most={8}
      />
    </Card>
  );
}
