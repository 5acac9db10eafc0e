import type { JobState } from "../api/types";
import { t } from "../lib/i18n";
import classes from "./state-badge.module.css";

/** Each state has a shape of its own, so that colour alone never tells. */
const MARKS: Record<JobState, string> = {
  queued: "M3 6h6",
  starting: "M6 2.5v3.5l2.3 1.6M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z",
  running: "M4 2.5v7l5.2-3.5z",
  completed: "M2.2 6.4 4.8 9l5-6",
  failed: "M2.8 2.8l6.4 6.4M9.2 2.8 2.8 9.2",
  stopped: "M3 3h6v6H3z",
  lost: "M4 4.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6.9v.3M6 9.3v.2",
};

export function StateBadge({ state, stopping = false }: { state: JobState; stopping?: boolean }) {
  const showStopping = stopping && (state === "running" || state === "starting");
  return (
    <span className={classes.badge} data-state={state} data-testid="job-state">
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" className={classes.mark}>
        <path d={MARKS[state]} />
      </svg>
      {showStopping ? t("state.stopping") : t(`state.${state}`)}
    </span>
  );
}
