import { Link } from "@tanstack/react-router";
import { canResume } from "../../api/job-states";
import { useLastLines } from "../../api/last-lines";
import type { Job } from "../../api/types";
import { t } from "../../lib/i18n";
import classes from "./job-notices.module.css";

/** Why it failed and what to do now: before anything else about the job. */
export function JobExit({ job }: { job: Job }) {
  const failed = job.state === "failed";
  if (!failed && !(job.state === "stopped" && job.exit_reason)) return null;
  return (
    <div
      className={classes.notice}
      data-kind={failed ? "bad" : "warn"}
      role="alert"
      data-testid="exit-reason"
    >
      <div className={classes.row}>
        <strong>{t(failed ? "job.failed" : "job.ended")}</strong>
        <Link to="/jobs/$jobId/logs" params={{ jobId: job.id }}>
          {t("job.seeLog")}
        </Link>
      </div>
      <p className={classes.reason}>{job.exit_reason ?? t("job.noReason")}</p>
      {failed ? <p>{t(canResume(job) ? "job.failedNext" : "job.failedAnew")}</p> : null}
      {job.exit_detail ? (
        <details open={failed}>
          <summary>{t("job.traceback")}</summary>
          <Trace label={t("job.traceback")} text={job.exit_detail} />
        </details>
      ) : failed ? (
        <LastLines jobId={job.id} />
      ) : null}
    </div>
  );
}

function LastLines({ jobId }: { jobId: number }) {
  const lines = useLastLines(jobId).data ?? [];
  if (lines.length === 0) return null;
  return (
    <details open>
      <summary>{t("job.lastLines")}</summary>
      <Trace label={t("job.lastLines")} text={lines.map((line) => line.text).join("\n")} />
    </details>
  );
}

function Trace({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
    <section className={classes.trace} aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
