import type { Job } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";
import classes from "./job-notices.module.css";

/** Warnings, and what is still to come. */
export function JobNotices({ job }: { job: Job }) {
  return (
    <div className={classes.notices}>
      {job.state === "lost" ? (
        <div className={classes.notice} data-kind="warn" role="alert">
          <strong>{t("job.lost")}</strong>
          <p>{job.exit_reason ?? t("job.lostText")}</p>
        </div>
      ) : null}
      {job.warnings.length > 0 ? (
        <details className={classes.notice} data-kind="warn" open={job.warnings.length <= 2}>
          <summary>
            <Icon name="warning" size={14} /> {t("job.warnings", { count: job.warnings.length })}
          </summary>
          <ul>
            {job.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {job.evaluation_lag > 1 ? (
        <p className={classes.lag}>{t("job.lag", { count: job.evaluation_lag })}</p>
      ) : null}
    </div>
  );
}
