import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Trial } from "../../api/types";
import { StateBadge } from "../../components/state-badge";
import { formatDuration, formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import { type Axis, cellOf } from "../../lib/sweep-axes";
import classes from "./trials.module.css";

interface Props {
  trial: Trial;
  axes: readonly Axis[];
  metric: string;
  best: boolean;
  lit: boolean;
  onLight: (number: number | null) => void;
  chosen: boolean;
  /** Null where no more can be chosen. */
  onChoose: (() => void) | null;
}

export function TrialRow({ trial, axes, metric, best, lit, onLight, chosen, onChoose }: Props) {
  return (
    <tr
      data-testid="trial"
      data-trial={trial.number}
      data-lit={lit || undefined}
      className={classes.row}
      onPointerEnter={() => onLight(trial.number)}
      onPointerLeave={() => onLight(null)}
      onFocus={() => onLight(trial.number)}
      onBlur={() => onLight(null)}
    >
      <td className={classes.check}>
        <Checkbox
          size="xs"
          checked={chosen}
          disabled={onChoose === null}
          onChange={() => onChoose?.()}
          aria-label={t("sweep.choose", { number: trial.number })}
        />
      </td>
      <td data-label={t("sweep.trial")}>
        <span>
          <Link to="/jobs/$jobId" params={{ jobId: trial.job_id }} className={classes.link}>
            {trial.number}
          </Link>
          {best ? <span className={classes.best}>★ {t("sweep.bestMark")}</span> : null}
        </span>
      </td>
      <td data-label={t("sweeps.state")}>
        <span title={trial.reason ?? undefined}>
          {trial.stopped_early ? (
            <span className={classes.early} data-testid="stopped-early">
              {t("sweep.early.state")}
            </span>
          ) : (
            <StateBadge state={trial.state} />
          )}
        </span>
      </td>
      <td data-label={metric} className="number">
        {trial.value === null ? null : <span>{formatMetric(trial.value)}</span>}
      </td>
      <td data-label={t("sweep.epochs")} className="number">
        <span>{trial.epochs}</span>
      </td>
      {axes.map((axis) => (
        <td key={axis.key} data-label={axis.name} className={axis.isChoice ? undefined : "number"}>
          <span>{axis.text(cellOf(trial, axis))}</span>
        </td>
      ))}
      <td data-label={t("sweep.time")} className="number">
        {trial.seconds === null ? null : <span>{formatDuration(trial.seconds * 1000)}</span>}
      </td>
    </tr>
  );
}
