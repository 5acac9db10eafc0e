import { Button } from "@mantine/core";
import { useMe } from "../../api/get-me";
import { useListDatasets } from "../../api/list-datasets";
import { ButtonLink } from "../../components/button-link";
import { CommandLine } from "../../components/command-line";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-datasets";
import { writable } from "../../lib/permissions";
import { projectSearch, useChosenProject } from "../../lib/project-choice";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import { DatasetCard } from "./dataset-card";
import classes from "./datasets.module.css";
import { RecentImports } from "./recent-imports";

const MINUTE = 60_000;

export function DatasetsPage() {
  useTitle(t("datasets.title"));
  const project = useChosenProject();
  const query = useListDatasets(project);
  const me = useMe();
  const now = useNow(MINUTE);
  const datasets = query.data?.pages.flatMap((page) => page.items) ?? [];
  const mine = me.data ? writable(me.data) : [];
  const showProject = project === null && (me.data?.projects.length ?? 0) > 1;
  const mayImport = project === null ? mine.length > 0 : mine.some((one) => one.id === project);
  if (query.isPending) return <Loading rows={4} />;
  if (query.isError && datasets.length === 0) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (datasets.length === 0) {
    return (
      <div className={classes.empty}>
        <EmptyState
          title={t("datasets.emptyTitle")}
          text={t(mayImport ? "datasets.emptyText" : "datasets.emptyViewer")}
        />
        {mayImport ? (
          <>
            <div className={classes.start}>
              <ImportButton project={project} />
            </div>
            <p className={classes.muted}>{t("datasets.emptyCli")}</p>
            <CommandLine command="snellen datasets import ./street-signs" />
          </>
        ) : null}
        <RecentImports now={now} project={project} />
      </div>
    );
  }
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("datasets.title")}</h1>
        <span className={classes.muted}>{t("datasets.count", { count: datasets.length })}</span>
        {mayImport ? (
          <span className={classes.actions}>
            <ImportButton project={project} />
          </span>
        ) : null}
      </div>
      <div className={classes.list}>
        {datasets.map((dataset) => (
          <DatasetCard key={dataset.id} dataset={dataset} now={now} showProject={showProject} />
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
      <RecentImports now={now} project={project} />
    </>
  );
}

function ImportButton({ project }: { project: number | null }) {
  return (
    <ButtonLink size="xs" to="/datasets/import" search={projectSearch(project)} data-testid="import-dataset">
      {t("datasets.import")}
    </ButtonLink>
  );
}
