import { Button } from "@mantine/core";
import { useSweepAction } from "../../api/sweep-action";
import type { Sweep } from "../../api/types";
import { Icon } from "../../components/icon";
import { Notice } from "../../components/notice";
import { ProgressBar } from "../../components/progress-bar";
import { ProjectName } from "../../components/project-name";
import { StateBadge } from "../../components/state-badge";
import { formatAgo, formatDate, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import { endedTrials } from "../../lib/sweep-counts";
import { useMay } from "../../lib/use-may";
import { useNow } from "../../lib/use-now";
import classes from "./sweep-header.module.css";

export function SweepHeader({ sweep }: { sweep: Sweep }) {
  const now = useNow(10_000);
  const early = sweep.early_stopping;
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <div className={classes.names}>
          <h1 className={classes.title}>{sweep.name}</h1>
          <StateBadge state={sweep.state} />
        </div>
        <Actions sweep={sweep} />
      </div>
      <div className={classes.facts}>
        <span>#{sweep.id}</span>
        <ProjectName project={sweep.project} id={sweep.project_id} />
        <span>{t(`sweeps.method.${sweep.method}`)}</span>
        <span>{t("sweep.seed", { seed: String(sweep.seed) })}</span>
        {sweep.parallel === null ? null : <span>{t("sweep.parallel", { count: sweep.parallel })}</span>}
        <span>
          {early
            ? t("sweep.early", { reduction: early.reduction ?? 3, epoch: early.min_epochs ?? 1 })
            : t("sweep.noEarly")}
        </span>
        <span title={formatDate(sweep.created_at)}>{formatAgo(sweep.created_at, now)}</span>
      </div>
      <Progress sweep={sweep} />
    </header>
  );
}

function Progress({ sweep }: { sweep: Sweep }) {
  const { counts } = sweep;
  const done = endedTrials(counts);
  const parts = [
    counts.running > 0 ? t("sweep.running", { count: counts.running }) : null,
    counts.waiting > 0 ? t("sweep.waiting", { count: counts.waiting }) : null,
    counts.lost > 0 ? t("sweep.lostCount", { count: counts.lost }) : null,
    counts.stopped_early > 0 ? t("sweep.stoppedEarly", { count: counts.stopped_early }) : null,
    counts.failed > 0 ? t("sweep.failedCount", { count: counts.failed }) : null,
    sweep.epochs_saved > 0
      ? t("sweep.saved", { saved: sweep.epochs_saved, trained: sweep.epochs_trained })
      : null,
  ].filter((one) => one !== null);
  return (
    <div className={classes.progress} data-testid="sweep-progress">
      <div className={classes.progressText}>
        <span>{[t("sweep.progress", { done, count: sweep.trials }), ...parts].join(" · ")}</span>
        <span>{formatPercent(done / sweep.trials)}</span>
      </div>
      <ProgressBar
        fraction={done / sweep.trials}
        active={sweep.state === "running"}
        label={t("sweep.progressLabel")}
      />
    </div>
  );
}

function Actions({ sweep }: { sweep: Sweep }) {
  const stop = useSweepAction(sweep.id, "stop");
  const resume = useSweepAction(sweep.id, "resume");
  const mayWrite = useMay("write", sweep.project_id);
  const error = stop.error ?? resume.error;
  if (!mayWrite || sweep.state === "completed") return null;
  return (
    <div className={classes.actions}>
      {sweep.state === "running" ? (
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="stop" size={14} />}
          title={t("sweep.stopText")}
          loading={stop.isPending}
          onClick={() => stop.mutate()}
          data-testid="stop-sweep"
        >
          {t("sweep.stop")}
        </Button>
      ) : (
        <Button
          size="xs"
          loading={resume.isPending}
          onClick={() => resume.mutate()}
          data-testid="resume-sweep"
        >
          {t("sweep.resume")}
        </Button>
      )}
      {error ? <Notice tone="bad">{error.message || t("error.unreachable")}</Notice> : null}
    </div>
  );
}
