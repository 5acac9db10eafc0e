import { getRouteApi } from "@tanstack/react-router";
import { goesOn } from "../../api/get-run";
import type { Run } from "../../api/types";
import { Notice } from "../../components/notice";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ChartsPanel } from "../../features/charts/charts-panel";
import { RunPage } from "../../features/mlflow-runs/run-page";
import { t } from "../../lib/i18n-runs";
import { useRunCharts } from "../../lib/run-charts";

const route = getRouteApi("/mlflow/$runId");

export function RunRoute() {
  const { runId } = route.useParams();
  return <RunPage key={runId} runId={runId} charts={(run) => <Charts run={run} />} />;
}

/** The run's metrics, in the charts that jobs have. */
function Charts({ run }: { run: Run }) {
  const { query, chart, sampled } = useRunCharts(run);
  if (run.keys.length === 0) {
    return (
      <EmptyState
        title={t("runs.noMetrics")}
        text={t(goesOn(run) ? "runs.noMetricsYet" : "runs.noMetricsText")}
      />
    );
  }
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} title={t("runs.away")} />
    ) : (
      <Loading rows={2} height={240} />
    );
  }
  return (
    <>
      <p className="visually-hidden" role="status">
        {query.hasNextPage ? t("runs.loading", { count: chart.series.length, total: run.keys.length }) : null}
      </p>
      {query.isError ? (
        <Notice tone="warn">{t("runs.failedKeys", { error: query.error.message })}</Notice>
      ) : null}
      {run.keys.length < run.key_count ? (
        <Notice tone="plain">{t("runs.keysCut", { count: run.keys.length, total: run.key_count })}</Notice>
      ) : null}
      {sampled.length > 0 ? (
        <Notice tone="plain" testId="sampled">
          {t("runs.sampled", { keys: sampled.join(", ") })}
        </Notice>
      ) : null}
      <ChartsPanel runs={[chart]} />
    </>
  );
}
