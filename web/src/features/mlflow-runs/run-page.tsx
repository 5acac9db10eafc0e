import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { useRun } from "../../api/get-run";
import type { Run } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { Facts } from "../../components/facts";
import { Notice } from "../../components/notice";
import { PageHead } from "../../components/page-head";
import { EmptyState, Loading } from "../../components/page-state";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-runs";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import { RunStatus } from "./run-status";
import classes from "./runs.module.css";
import { durationOf } from "./runs-table";
import { TrackerError } from "./tracker-state";

interface Props {
  runId: string;
  /** The run's charts. */
  charts: (run: Run) => ReactNode;
}

/** One run of MLflow: what it is, its charts, what it was given. */
export function RunPage({ runId, charts }: Props) {
  const query = useRun(runId);
  useTitle(query.data?.name || t("runs.title"));
  if (!query.data) {
    if (query.error instanceof ApiError && query.error.status === 404) {
      return (
        <EmptyState title={t("runs.notFound", { id: runId })} text={t("runs.notFoundText")}>
          <ButtonLink to="/mlflow" size="xs" variant="default">
            {t("runs.all")}
          </ButtonLink>
        </EmptyState>
      );
    }
    return query.isError ? (
      <TrackerError error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={5} />
    );
  }
  const run = query.data;
  return (
    <>
      <Head run={run} />
      {charts(run)}
      <div className={classes.given}>
        <Values
          title={t("runs.params")}
          values={run.params}
          total={run.param_count}
          none={t("runs.noParams")}
        />
        <Values title={t("runs.tags")} values={run.tags} total={run.tag_count} none={t("runs.noTags")} />
      </div>
    </>
  );
}

function Head({ run }: { run: Run }) {
  const now = useNow(5000, run.ended_at === null);
  const duration = durationOf(run, now);
  return (
    <>
      <PageHead
        title={run.name || t("runs.unnamed")}
        note={<RunStatus status={run.status} />}
        actions={
          run.job_id === null ? (
            <ButtonLink to="/compare" search={{ runs: run.id }} size="xs" variant="default">
              {t("runs.compare")}
            </ButtonLink>
          ) : (
            <ButtonLink to="/jobs/$jobId" params={{ jobId: run.job_id }} size="xs" variant="default">
              {t("runs.openJob")}
            </ButtonLink>
          )
        }
      />
      <div className={classes.facts}>
        <Facts
          facts={[
            [
              t("runs.experiment"),
              <Link key="experiment" to="/mlflow" search={{ experiment: run.experiment_id }}>
                {run.experiment}
              </Link>,
            ],
            ...(run.started_at === null ? [] : [[t("runs.started"), formatDate(run.started_at)] as const]),
            ...(duration === null ? [] : [[t("runs.duration"), duration] as const]),
            ...(run.user ? [[t("runs.user"), run.user] as const] : []),
          ]}
        />
      </div>
      {run.job_id === null ? null : (
        <Notice tone="plain">
          <strong>{t("runs.ofJob", { id: String(run.job_id) })}</strong>: {t("runs.ofJobText")}
        </Notice>
      )}
    </>
  );
}

interface ValuesProps {
  title: string;
  values: Run["params"];
  total: number;
  none: string;
}

function Values({ title, values, total, none }: ValuesProps) {
  const note = values.length < total ? t("runs.first", { count: values.length, total }) : total || null;
  return (
    <Card title={title} note={note}>
      {values.length === 0 ? (
        <p className={classes.none}>{none}</p>
      ) : (
        <dl className={classes.values}>
          {values.map(({ name, value, cut }) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>{cut ? t("runs.cut", { value }) : value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
