import { Link } from "@tanstack/react-router";
import { goesOn } from "../../api/get-run";
import type { RunRow } from "../../api/types";
import { formatAgo, formatDate, formatDuration } from "../../lib/format";
import { t } from "../../lib/i18n-runs";
import { useNow } from "../../lib/use-now";
import { RunStatus } from "./run-status";
import classes from "./runs.module.css";

const EVERY_MS = 5000;

export function RunsTable({ runs }: { runs: readonly RunRow[] }) {
  const now = useNow(EVERY_MS);
  return (
    <div className="scroll-x">
      <table className="table stacked">
        <thead>
          <tr>
            <th>{t("runs.run")}</th>
            <th>{t("runs.experiment")}</th>
            <th>{t("runs.status")}</th>
            <th>{t("runs.job")}</th>
            <th>{t("runs.started")}</th>
            <th>{t("runs.duration")}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} data-testid="run-row" data-run-id={run.id}>
              <td>
                <Link to="/mlflow/$runId" params={{ runId: run.id }} className={classes.name}>
                  {run.name || t("runs.unnamed")}
                </Link>
                {run.user ? <span className={classes.minor}>{run.user}</span> : null}
              </td>
              <td data-label={t("runs.experiment")} className={classes.wrap}>
                {run.experiment}
              </td>
              <td data-label={t("runs.status")}>
                <RunStatus status={run.status} />
              </td>
              <td data-label={t("runs.job")}>
                {run.job_id === null ? null : (
                  <Link to="/jobs/$jobId" params={{ jobId: run.job_id }}>
                    #{run.job_id}
                  </Link>
                )}
              </td>
              <td data-label={t("runs.started")}>
                {run.started_at === null ? null : (
                  <span title={formatDate(run.started_at)}>{formatAgo(run.started_at, now)}</span>
                )}
              </td>
              <td data-label={t("runs.duration")}>{durationOf(run, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** So far, of a run that goes on; of one that was left without an end nothing is known. */
export function durationOf(run: RunRow, now: number): string | null {
  if (run.started_at === null) return null;
  const end = run.ended_at ?? (goesOn(run) ? now : null);
  return end === null ? null : formatDuration(end - run.started_at);
}
