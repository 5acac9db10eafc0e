import { type MessageKey, t } from "../../lib/i18n-runs";
import classes from "./runs.module.css";

/** Each status has a sign of its own, so that colour alone never tells. */
const SIGNS: Record<string, string> = {
  RUNNING: "▸",
  SCHEDULED: "…",
  FINISHED: "✓",
  FAILED: "✕",
  KILLED: "■",
};

export function RunStatus({ status }: { status: string }) {
  return (
    <span className={classes.status} data-status={status}>
      <span aria-hidden="true">{SIGNS[status] ?? "·"}</span>
      {status in SIGNS ? t(`runs.status.${status}` as MessageKey) : status.toLowerCase()}
    </span>
  );
}
