import { Link } from "@tanstack/react-router";
import type { Trial } from "../../api/types";
import { Notice } from "../../components/notice";
import { t } from "../../lib/i18n-sweeps";
import classes from "./sweep.module.css";

/** Trials that the sweep waits for and nobody hears of, with their jobs, where they are resumed or stopped. */
export function LostTrials({ trials }: { trials: readonly Trial[] }) {
  if (trials.length === 0) return null;
  return (
    <div className={classes.notice}>
      <Notice tone="warn" title={t("sweep.lostTitle", { count: trials.length })} testId="lost-trials">
        {t("sweep.lostText", { count: trials.length })}
        <ul className={classes.lost}>
          {trials.map((trial) => (
            <li key={trial.number}>
              <Link to="/jobs/$jobId" params={{ jobId: trial.job_id }}>
                {t("sweep.lostTrial", { number: trial.number })}
              </Link>
              {trial.reason ? `: ${trial.reason}` : ""}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}
