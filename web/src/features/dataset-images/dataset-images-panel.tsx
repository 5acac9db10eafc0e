import { Button } from "@mantine/core";
import { useEffect, useMemo } from "react";
import { useDatasetImages } from "../../api/dataset-images";
import type { DatasetImageItem, Snapshot } from "../../api/types";
import { DatasetImageCard } from "../../components/dataset-image-card";
import { LoadMore } from "../../components/load-more";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import frames from "../../components/thumbnail-frame.module.css";
import { type DatasetView, imageFilter, imageSearch } from "../../lib/dataset-search";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./dataset-images.module.css";
import { ImageFilters } from "./image-filters";

/** All images of a snapshot that the filter leaves. */
export function DatasetImagesPanel({ dataset, snapshot, search, onChange }: DatasetView) {
  const filter = imageFilter(search);
  const query = useDatasetImages(dataset.id, snapshot.hash, filter);
  const total = query.data?.pages[0]?.total;
  const filtered = Object.keys(filter).some((key) => key !== "sort");
  return (
    <>
      <ImageFilters snapshot={snapshot} search={search} onChange={onChange} />
      <p className={classes.count} aria-live="polite" data-testid="image-count">
        {total === undefined
          ? "\u00a0"
          : filtered
            ? t("images.left", { shown: total, count: snapshot.images.total })
            : t("datasets.images", { count: total })}
        {filtered ? (
          <Button
            variant="subtle"
            size="compact-xs"
            ml="xs"
            onClick={() =>
              onChange({
                split: undefined,
                class: undefined,
                problem: undefined,
                empty: undefined,
                search: undefined,
              })
            }
          >
            {t("filter.clear")}
          </Button>
        ) : null}
      </p>
      <Content query={query} dataset={dataset} snapshot={snapshot} search={search} filtered={filtered} />
    </>
  );
}

interface ContentProps extends Omit<DatasetView, "onChange"> {
  query: ReturnType<typeof useDatasetImages>;
  filtered: boolean;
}

function Content({ query, dataset, snapshot, search, filtered }: ContentProps) {
  useReturn(query.data !== undefined);
  const kept = useMemo(() => imageSearch(search), [search]);
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} height={150} />
    );
  }
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <EmptyState title={t(filtered ? "images.noneLeft" : "images.noneHere")} />;
  return (
    <>
      <div className={`${frames.grid} ${classes.grid}`} data-stale={query.isPlaceholderData || undefined}>
        {items.map((item) => (
          <DatasetImageCard
            key={item.image_id}
            datasetId={dataset.id}
            imageId={item.image_id}
            path={item.path}
            url={item.url}
            search={kept}
            {...noteOf(item, snapshot)}
            problems={item.problems}
          />
        ))}
      </div>
      <LoadMore query={query} />
    </>
  );
}

/** Its class, if the image as a whole has one; else how many objects are in it. */
function noteOf(item: DatasetImageItem, snapshot: Snapshot): { note: string; label: string } {
  if (snapshot.task === "classification") {
    const names = item.classes.map((id) => snapshot.classes.find((one) => one.id === id)?.name ?? String(id));
    const note = names.join(", ") || t("images.noClass");
    return { note, label: note };
  }
  return {
    note: `▢ ${formatCount(item.objects)}`,
    label: t("datasets.objects", { count: item.objects }),
  };
}

/** Who comes back from an image finds its card on the screen and under the keys. */
function useReturn(ready: boolean): void {
  useEffect(() => {
    if (!ready || !/^#image-\d+$/.test(window.location.hash)) return;
    const card = document.getElementById(window.location.hash.slice(1));
    card?.scrollIntoView({ block: "center" });
    card?.focus({ preventScroll: true });
  }, [ready]);
}
