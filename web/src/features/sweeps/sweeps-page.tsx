import { Link } from "@tanstack/react-router";
import { useListSweeps } from "../../api/list-sweeps";
import type { SweepRow } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { LoadMore } from "../../components/load-more";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ProgressBar } from "../../components/progress-bar";
import { StateBadge } from "../../components/state-badge";
import { formatAgo, formatDate, formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import { projectSearch, useChosenProject } from "../../lib/project-choice";
import { endedTrials } from "../../lib/sweep-counts";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import classes from "./sweeps.module.css";

/** Searches for good hyperparameters, newest first. */
export function SweepsPage() {
  useTitle(t("sweeps.title"));
  const project = useChosenProject();
  const query = useListSweeps(project);
  const now = useNow(10_000);
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const create = (
    <ButtonLink to="/sweeps/new" search={projectSearch(project)} size="xs" data-testid="new-sweep">
      {t("sweeps.new")}
    </ButtonLink>
  );
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={6} />
    );
  }
  return (
    <>
      <PageHead
        title={t("sweeps.title")}
        note={query.hasNextPage ? null : t("sweeps.count", { count: rows.length })}
        actions={rows.length > 0 ? create : null}
      />
      {rows.length === 0 ? (
        <EmptyState title={t("sweeps.empty")} text={t("sweeps.emptyText")}>
          {create}
        </EmptyState>
      ) : (
        <Card title={t("sweeps.title")} flush>
          <div className="scroll-x">
            <table className={`table stacked ${classes.table}`}>
              <thead>
                <tr>
                  <th>{t("sweeps.name")}</th>
                  <th className={classes.state}>{t("sweeps.state")}</th>
                  <th className={classes.method}>{t("sweeps.method")}</th>
                  <th className={classes.trials}>{t("sweeps.trials")}</th>
                  <th className={classes.best}>{t("sweeps.best")}</th>
                  <th className={classes.created}>{t("sweeps.created")}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.id} row={row} now={now} />
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      )}
      <LoadMore query={query} />
    </>
  );
}

function Row({ row, now }: { row: SweepRow; now: number }) {
  const done = endedTrials(row.counts);
  return (
    <tr data-testid="sweep" data-sweep-id={row.id}>
      <td>
        <Link to="/sweeps/$sweepId" params={{ sweepId: row.id }} className={classes.name}>
          {row.name}
        </Link>
        <span className={classes.minor}>
          #{row.id} · {row.project}
        </span>
      </td>
      <td data-label={t("sweeps.state")}>
        <StateBadge state={row.state} />
      </td>
      <td data-label={t("sweeps.method")}>{t(`sweeps.method.${row.method}`)}</td>
      <td data-label={t("sweeps.trials")}>
        <div className={classes.bar}>
          <span className={classes.minor}>
            {done} / {row.trials}
          </span>
          <ProgressBar
            fraction={done / row.trials}
            active={row.state === "running"}
            label={`${t("sweep.progressLabel")}: ${row.name}`}
          />
        </div>
      </td>
      <td data-label={t("sweeps.best")}>
        {row.best ? (
          <span>
            {formatMetric(row.best.value)} <span className={classes.metric}>{row.primary_metric.name}</span>
          </span>
        ) : null}
      </td>
      <td data-label={t("sweeps.created")}>
        <span title={formatDate(row.created_at)}>{formatAgo(row.created_at, now)}</span>
      </td>
    </tr>
  );
}
