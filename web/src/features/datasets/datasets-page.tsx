import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useListDatasets } from "../../api/list-datasets";
import type { Dataset } from "../../api/types";
import { CommandLine } from "../../components/command-line";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatAgo, formatBytes, formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import classes from "./datasets.module.css";

const MINUTE = 60_000;

export function DatasetsPage() {
  useTitle(t("datasets.title"));
  const query = useListDatasets();
  const now = useNow(MINUTE);
  const datasets = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) return <Loading rows={4} />;
  if (query.isError && datasets.length === 0) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (datasets.length === 0) {
    return (
      <div className={classes.empty}>
        <EmptyState title={t("datasets.emptyTitle")} text={t("datasets.emptyText")} />
        <CommandLine command="snellen datasets import ./street-signs" />
      </div>
    );
  }
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("datasets.title")}</h1>
        <span className={classes.muted}>{t("datasets.count", { count: datasets.length })}</span>
      </div>
      <div className={classes.list}>
        {datasets.map((dataset) => (
          <DatasetCard key={dataset.id} dataset={dataset} now={now} />
        ))}
      </div>
      {query.hasNextPage ? (
        <Button
          variant="default"
          size="xs"
          mt="md"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("common.loadMore")}
        </Button>
      ) : null}
    </>
  );
}

function DatasetCard({ dataset, now }: { dataset: Dataset; now: number }) {
  const { latest } = dataset;
  return (
    <article className={classes.card} data-testid="dataset-card">
      <h2 className={classes.name}>
        <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
          {dataset.name}
        </Link>
      </h2>
      {latest ? (
        <>
          <p className={classes.facts}>
            <span>{latest.task}</span>
            <span>{t("datasets.images", { count: latest.images.total })}</span>
            <span>{t("datasets.objects", { count: latest.objects })}</span>
            <span>{t("datasets.classes", { count: latest.class_names.length })}</span>
            <span>{formatBytes(latest.bytes)}</span>
          </p>
          <p className={classes.facts}>
            {Object.entries(latest.images.by_split).map(([split, count]) => (
              <span key={split}>
                {split} {formatCount(count)}
              </span>
            ))}
            {latest.warnings.length > 0 ? (
              <span className={classes.warn}>
                {t("datasets.warnings", { count: latest.warnings.length })}
              </span>
            ) : null}
            <span>{t("datasets.imported", { time: formatAgo(latest.created_at, now) })}</span>
          </p>
        </>
      ) : (
        <p className={classes.muted}>{t("datasets.empty")}</p>
      )}
    </article>
  );
}
