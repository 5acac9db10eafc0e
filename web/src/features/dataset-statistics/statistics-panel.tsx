import { useDatasetStatistics } from "../../api/dataset-statistics";
import type { DatasetStatistics } from "../../api/types";
import { type Fact, Facts } from "../../components/facts";
import { ErrorState, Loading } from "../../components/page-state";
import { SplitClassFields } from "../../components/split-class-fields";
import type { DatasetView } from "../../lib/dataset-search";
import { formatCount, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { ClassHistogram } from "./class-histogram";
import { ImageSizes } from "./image-sizes";
import { ObjectAreas } from "./object-areas";
import { ObjectSizes } from "./object-sizes";
import { ObjectsPerImage } from "./objects-per-image";
import classes from "./statistics.module.css";

/** How classes, objects and images are spread, of all or of one split and class. */
export function StatisticsPanel({ dataset, snapshot, search, onChange }: DatasetView) {
  const filter = { split: search.split, class: search.class };
  const query = useDatasetStatistics(dataset.id, snapshot.hash, filter);
  const { data } = query;
  return (
    <div className={classes.panel} data-stale={query.isPlaceholderData || undefined}>
      <div className={classes.filters}>
        <SplitClassFields snapshot={snapshot} search={search} onChange={onChange} />
      </div>
      {data ? (
        <>
          <Facts boxed facts={factsOf(data)} />
          <div className={classes.columns}>
            <div className={classes.stack}>
              <ClassHistogram dataset={dataset} statistics={data} search={search} />
              <ObjectAreas statistics={data} />
            </div>
            <div className={classes.stack}>
              {data.box_sizes ? <ObjectsPerImage statistics={data} /> : null}
              <ImageSizes statistics={data} />
            </div>
          </div>
          <ObjectSizes statistics={data} />
        </>
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={3} height={160} />
      )}
    </div>
  );
}

function factsOf({ images, objects, background, box_sizes: sizes }: DatasetStatistics): Fact[] {
  // What is classified as a whole is one object.
  if (sizes === null) return [[t("dataset.images"), formatCount(images)]];
  return [
    [t("dataset.images"), formatCount(images)],
    [t("dataset.objects"), formatCount(objects)],
    [t("statistics.mean"), images > 0 ? (objects / images).toFixed(1) : "–"],
    [
      t("dataset.background"),
      images > 0
        ? `${formatCount(background)} (${formatPercent(background / images)})`
        : formatCount(background),
    ],
  ];
}
