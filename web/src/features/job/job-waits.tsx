import { Link } from "@tanstack/react-router";
import type { Job } from "../../api/types";
import { t } from "../../lib/i18n";
import classes from "./job-notices.module.css";

/** Why it is not started yet; a script of somebody's waits for nobody. */
export function JobWaits({ job }: { job: Job }) {
  if (job.state !== "queued" || job.launcher === "external") return null;
  return (
    <div className={classes.notice} data-kind="plain" role="status" data-testid="waits-for">
      <div className={classes.row}>
        <strong>{t("job.waits")}</strong>
        <Link to="/queue">{t("job.seeQueue")}</Link>
      </div>
      <p>{job.waits_for ?? t("job.waitsTurn")}</p>
    </div>
  );
}
