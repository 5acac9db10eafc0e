import { Link } from "@tanstack/react-router";
import { hasEnded } from "../../api/job-states";
import type { Job } from "../../api/types";
import { ProgressBar } from "../../components/progress-bar";
import { StateBadge } from "../../components/state-badge";
import { formatAgo, formatDate, formatDuration, formatMetric, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import classes from "./jobs-page.module.css";

interface Props {
  jobs: readonly Job[];
  now: number;
  /** Where they are of several projects. */
  showProject: boolean;
}

/** A table on a wide screen; its rows become cards on a narrow one. */
export function JobsTable({ jobs, now, showProject }: Props) {
  return (
    <div className={classes.table}>
      <table className="table">
        <thead>
          <tr>
            <th>{t("jobs.job")}</th>
            <th>{t("jobs.state")}</th>
            <th>{t("jobs.model")}</th>
            <th>{t("jobs.progress")}</th>
            <th>{t("jobs.best")}</th>
            <th>{t("jobs.started")}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Row key={job.id} job={job} now={now} showProject={showProject} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ job, now, showProject }: Omit<Props, "jobs"> & { job: Job }) {
  return (
    <tr data-testid="job-row" data-job-id={job.id}>
      <td className={classes.cellName}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }} className={classes.name}>
          {job.name}
        </Link>
        <div className={classes.minor}>
          #{job.id} · {job.task}
          {showProject ? ` · ${job.project}` : null}
        </div>
        {job.exit_reason ? (
          <div className={classes.reason} title={job.exit_reason}>
            {job.exit_reason}
          </div>
        ) : null}
      </td>
      <td className={classes.cellState}>
        <StateBadge state={job.state} stopping={job.stop_requested} />
      </td>
      <td className={classes.cellModel}>
        <div>{job.model}</div>
        <div className={classes.minor}>{job.dataset?.name ?? t("jobs.noDataset")}</div>
      </td>
      <td className={classes.progress}>
        <Progress job={job} />
      </td>
      <td className={classes.nowrap}>
        <Best job={job} />
      </td>
      <td className={`${classes.nowrap} ${classes.cellStarted}`}>
        <Times job={job} now={now} />
      </td>
    </tr>
  );
}

function Progress({ job }: { job: Job }) {
  const fraction = job.state === "completed" ? 1 : (job.progress?.fraction ?? 0);
  const epoch = job.progress?.epoch ?? job.last_epoch ?? 0;
  const eta = job.progress?.eta_seconds;
  return (
    <>
      <div className={classes.progressText}>
        <span>
          {epoch} / {job.epochs}
        </span>
        <span>
          {job.state === "running" && typeof eta === "number"
            ? t("job.eta", { duration: formatDuration(eta * 1000) })
            : formatPercent(fraction)}
        </span>
      </div>
      <ProgressBar fraction={fraction} active={!hasEnded(job.state)} />
    </>
  );
}

function Best({ job }: { job: Job }) {
  const { name, source } = job.primary_metric;
  return (
    <>
      <div>
        <span className={classes.value}>{formatMetric(job.best_value)}</span>
        {job.best_epoch !== null ? (
          <span className={classes.minor}> {t("metric.epoch", { epoch: job.best_epoch })}</span>
        ) : null}
      </div>
      <div className={classes.minor}>
        {name}, {t(`source.${source}`)}
      </div>
    </>
  );
}

function Times({ job, now }: { job: Job; now: number }) {
  if (job.started_at === null) return <span className={classes.minor}>{t("jobs.notStarted")}</span>;
  const end = job.ended_at ?? now;
  return (
    <>
      <div title={formatDate(job.started_at)}>{formatAgo(job.started_at, now)}</div>
      <div className={classes.minor}>{formatDuration(end - job.started_at)}</div>
    </>
  );
}
