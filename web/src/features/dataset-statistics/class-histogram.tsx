import { Link } from "@tanstack/react-router";
import type { DatasetStatistics } from "../../api/types";
import { BarTable } from "../../components/bar-table";
import { Card } from "../../components/card";
import { carried, type DatasetView, patchSearch } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";

interface Props extends Pick<DatasetView, "dataset" | "search"> {
  statistics: DatasetStatistics;
}

/** Classes by their number of objects; each leads to its images. */
export function ClassHistogram({ dataset, statistics, search }: Props) {
  // An image that is classified as a whole counts as one object: only one of the columns says something.
  const whole = statistics.box_sizes === null;
  const rows = [...statistics.classes].sort((a, b) => b.objects - a.objects || a.class_id - b.class_id);
  return (
    <Card
      title={t(whole ? "dataset.classImages" : "dataset.classTable")}
      note={t("datasets.classes", { count: rows.length })}
      flush
    >
      <BarTable
        caption={t("dataset.classTable")}
        heads={[t("dataset.class"), ...(whole ? [] : [t("dataset.objects")]), t("dataset.images")]}
        rows={rows.map((one) => ({
          key: one.class_id,
          name: (
            <Link
              to="/datasets/$datasetId"
              params={{ datasetId: dataset.id }}
              search={patchSearch(carried(search), { class: one.class_id })}
            >
              {one.name}
            </Link>
          ),
          values: whole ? [one.images] : [one.objects, one.images],
        }))}
      />
    </Card>
  );
}
