import type { RunningJob } from "../../api/types";
import { ProgressBar } from "../../components/progress-bar";
import { StateBadge } from "../../components/state-badge";
import { formatDate, formatDuration, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-queue";
import { fractionOf } from "../../lib/job-fraction";
import { resourcesText } from "../../lib/resources";
import { JobName } from "./job-name";
import classes from "./queue.module.css";

interface Props {
  jobs: readonly RunningJob[];
  launcher: string;
  now: number;
}

export function RunningTable({ jobs, launcher, now }: Props) {
  return (
    <div className="scroll-x">
      <table className={`table stacked ${classes.table}`}>
        <caption className={classes.caption}>
          {t("queue.running")}
          <span className="visually-hidden">: {launcher}</span>
        </caption>
        <thead>
          <tr>
            <th>{t("queue.job")}</th>
            <th className={classes.state}>{t("queue.state")}</th>
            <th className={classes.progress}>{t("queue.progress")}</th>
            <th className={classes.resources}>{t("queue.resources")}</th>
            <th className={classes.since}>{t("queue.since")}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id} data-testid="running-job" data-job-id={job.id}>
              <td>
                <JobName {...job} />
              </td>
              <td data-label={t("queue.state")}>
                <StateBadge state={job.state} />
              </td>
              <td data-label={t("queue.progress")}>
                <Progress job={job} />
              </td>
              <td data-label={t("queue.resources")}>{resourcesText(job.resources)}</td>
              <td data-label={t("queue.since")}>
                {job.since === null ? null : (
                  <span title={formatDate(job.since)}>{formatDuration(Math.max(0, now - job.since))}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Progress({ job }: { job: RunningJob }) {
  const fraction = fractionOf(job);
  const eta = job.progress?.eta_seconds;
  return (
    <div className={classes.bar}>
      <div className={classes.barText}>
        <span>
          {job.progress?.epoch ?? job.last_epoch ?? 0} / {job.epochs}
        </span>
        <span>
          {typeof eta === "number"
            ? t("job.eta", { duration: formatDuration(eta * 1000) })
            : formatPercent(fraction)}
        </span>
      </div>
      <ProgressBar fraction={fraction} active label={`${t("job.progressLabel")}: ${job.name}`} />
    </div>
  );
}
