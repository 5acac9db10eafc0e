import { Link } from "@tanstack/react-router";
import type { QueuedJob } from "../../api/types";
import { formatDate, formatDuration } from "../../lib/format";
import { t } from "../../lib/i18n-queue";
import { resourcesText } from "../../lib/resources";
import { JobName } from "./job-name";
import classes from "./queue.module.css";

interface Props {
  jobs: readonly QueuedJob[];
  launcher: string;
  /** Whether no server has the launcher any more, so that nobody says why the first waits. */
  gone: boolean;
  now: number;
}

/** In the order in which they will begin. */
export function WaitingTable({ jobs, launcher, gone, now }: Props) {
  return (
    <div className="scroll-x">
      <table className={`table stacked ${classes.table}`}>
        <caption className={classes.caption}>
          {t("queue.waiting")}
          <span className="visually-hidden">: {launcher}</span>
        </caption>
        <thead>
          <tr>
            <th>{t("queue.job")}</th>
            <th className={classes.position}>{t("queue.position")}</th>
            <th className={classes.why}>{t("queue.waitsFor")}</th>
            <th className={classes.resources}>{t("queue.resources")}</th>
            <th className={classes.since}>{t("queue.since")}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job, at) => (
            <tr key={job.id} data-testid="waiting-job" data-job-id={job.id}>
              <td>
                <JobName {...job} />
              </td>
              <td data-label={t("queue.position")}>{job.position}</td>
              <td data-label={t("queue.waitsFor")}>
                <span className={classes.reason}>
                  {gone ? t("queue.goneShort") : <Why job={job} before={jobs[at - 1]} />}
                </span>
              </td>
              <td data-label={t("queue.resources")}>{resourcesText(job.resources)}</td>
              <td data-label={t("queue.since")}>
                <span title={formatDate(job.since)}>{formatDuration(Math.max(0, now - job.since))}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The first waits for room, each other one for the one before, whether that is shown or not. */
function Why({ job, before }: { job: QueuedJob; before: QueuedJob | undefined }) {
  if (job.position === 1) return job.waits_for ?? t("queue.turn");
  if (before?.position !== job.position - 1) return t("queue.behindUnseen");
  return (
    <>
      {t("queue.behind")}{" "}
      <Link to="/jobs/$jobId" params={{ jobId: before.id }}>
        #{before.id}
      </Link>
    </>
  );
}
