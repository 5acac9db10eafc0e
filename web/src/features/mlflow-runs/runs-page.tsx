import { Button } from "@mantine/core";
import { useTracker } from "../../api/get-tracker";
import { useListRuns } from "../../api/list-runs";
import type { Tracker } from "../../api/types";
import { Card } from "../../components/card";
import { LoadMore } from "../../components/load-more";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-runs";
import type { RunsPatch, RunsSearch } from "../../lib/runs-search";
import { useTitle } from "../../lib/use-title";
import { RunFilters } from "./run-filters";
import { RunsTable } from "./runs-table";
import { NotConnected, TrackerError } from "./tracker-state";

interface Props {
  search: RunsSearch;
  onChange: (patch: RunsPatch) => void;
}

/** The runs of the connected MLflow. */
export function RunsPage({ search, onChange }: Props) {
  useTitle(t("runs.title"));
  const tracker = useTracker();
  if (!tracker.data) {
    return tracker.isError ? (
      <ErrorState error={tracker.error} retry={() => void tracker.refetch()} />
    ) : (
      <Loading rows={6} />
    );
  }
  const { state, reads_all: readsAll } = tracker.data;
  return (
    <>
      <PageHead
        title={t("runs.title")}
        note={placeOf(tracker.data)}
        text={t(readsAll ? "runs.text" : "runs.textMine")}
      />
      {state === "connected" ? (
        <Runs readsAll={readsAll} search={search} onChange={onChange} />
      ) : (
        <NotConnected state={state} />
      )}
    </>
  );
}

function placeOf({ embedded, address }: Tracker): string | null {
  if (address === null) return null;
  return embedded ? t("runs.embedded") : t("runs.at", { address });
}

function Runs({ readsAll, search, onChange }: Props & { readsAll: boolean }) {
  const query = useListRuns(readsAll ? search : { search: search.search });
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <RunFilters readsAll={readsAll} search={search} onChange={onChange} />
      {query.data ? (
        runs.length > 0 ? (
          <Card title={t("runs.title")} flush>
            <RunsTable runs={runs} />
          </Card>
        ) : query.hasNextPage ? null : (
          <None readsAll={readsAll} search={search} onChange={onChange} />
        )
      ) : query.isError ? (
        <TrackerError error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={8} />
      )}
      {query.data && query.isError ? (
        <TrackerError error={query.error} retry={() => void query.refetch()} />
      ) : (
        <LoadMore query={query} />
      )}
    </>
  );
}

function None({ readsAll, search, onChange }: Props & { readsAll: boolean }) {
  const { search: text, experiment } = search;
  if (text === undefined && experiment === undefined) {
    return <EmptyState title={t("runs.none")} text={t(readsAll ? "runs.noneText" : "runs.noneMine")} />;
  }
  return (
    <EmptyState
      title={t("runs.noMatch")}
      text={text === undefined ? t("runs.noMatchExperiment") : t("runs.noMatchText", { text })}
    >
      <Button
        size="xs"
        variant="default"
        onClick={() => onChange({ search: undefined, experiment: undefined })}
      >
        {t("runs.showAll")}
      </Button>
    </EmptyState>
  );
}
