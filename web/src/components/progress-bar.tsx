import { t } from "../lib/i18n";
import classes from "./progress-bar.module.css";

interface Props {
  /** 0 to 1. */
  fraction: number;
  active?: boolean;
  label?: string;
}

export function ProgressBar({ fraction, active = false, label = t("job.progressLabel") }: Props) {
  const percent = Math.min(100, Math.max(0, fraction * 100));
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      data-active={active || undefined}
    >
      <div className={classes.fill} style={{ width: `${percent}%` }} />
    </div>
  );
}
