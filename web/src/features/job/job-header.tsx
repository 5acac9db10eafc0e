import { Link } from "@tanstack/react-router";
import { hasEnded } from "../../api/job-states";
import type { StreamState } from "../../api/job-stream";
import type { Job } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { ProgressBar } from "../../components/progress-bar";
import { ProjectName } from "../../components/project-name";
import { StateBadge } from "../../components/state-badge";
import { formatAgo, formatDate, formatDuration, formatMetric, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { fractionOf } from "../../lib/job-fraction";
import { useNow } from "../../lib/use-now";
import { JobChanges } from "./job-changes";
import { JobExit } from "./job-exit";
import classes from "./job-header.module.css";
import { JobTags } from "./job-tags";
import { JobWaits } from "./job-waits";
import { ResumeButton } from "./resume-button";
import { StopButton } from "./stop-button";

export function JobHeader({ job, stream }: { job: Job; stream: StreamState }) {
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <div className={classes.names}>
          <h1 className={classes.title}>{job.name}</h1>
          <StateBadge state={job.state} stopping={job.stop_requested} />
          <JobTags job={job} />
          {job.state === "lost" ? null : <Connection stream={stream} />}
        </div>
        <div className={classes.actions}>
          <JobChanges job={job} />
          <ButtonLink to="/compare" search={{ jobs: String(job.id) }} size="xs" variant="default">
            {t("job.compare")}
          </ButtonLink>
          <ResumeButton job={job} />
          <StopButton job={job} />
        </div>
      </div>
      <div className={classes.facts}>
        <span>#{job.id}</span>
        <ProjectName project={job.project} id={job.project_id} />
        <span>{job.task}</span>
        <span>
          {job.trainer} · {job.model}
        </span>
        <DatasetName job={job} />
        <Parent job={job} />
        <TrialOf job={job} />
        {job.attempt > 1 ? <span>{t("job.attempt", { attempt: job.attempt })}</span> : null}
        <When job={job} />
      </div>
      <JobExit job={job} />
      <JobWaits job={job} />
      <div className={classes.status}>
        <Progress job={job} />
        <Best job={job} />
      </div>
    </header>
  );
}

function DatasetName({ job }: { job: Job }) {
  const { dataset } = job;
  if (!dataset?.name) return null;
  if (dataset.id === null) return <span>{dataset.name}</span>;
  return (
    <Link
      to="/datasets/$datasetId"
      params={{ datasetId: dataset.id }}
      search={dataset.snapshot === null ? {} : { snapshot: dataset.snapshot }}
    >
      {dataset.name}
    </Link>
  );
}

/** The job whose weights it began with. */
function Parent({ job }: { job: Job }) {
  if (job.parent === null) return null;
  const { job_id, checkpoint, epoch } = job.parent;
  return (
    <Link to="/jobs/$jobId" params={{ jobId: job_id }} data-testid="parent-job">
      {epoch === null
        ? t("job.parent", { checkpoint, job: String(job_id) })
        : t("job.parentEpoch", { checkpoint, job: String(job_id), epoch })}
    </Link>
  );
}

/** The sweep that it is a trial of. */
function TrialOf({ job: { sweep } }: { job: Job }) {
  if (sweep === null) return null;
  return (
    <Link to="/sweeps/$sweepId" params={{ sweepId: sweep.id }} data-testid="job-sweep">
      {t("job.trialOf", { trial: sweep.trial, name: sweep.name })}
    </Link>
  );
}

function Connection({ stream }: { stream: StreamState }) {
  if (stream === "open") {
    return (
      <span className={classes.live}>
        <span className={classes.dot} aria-hidden="true" />
        {t("job.live")}
      </span>
    );
  }
  if (stream !== "waiting") return null;
  return (
    <span className={classes.waiting} role="status">
      {t("job.reconnecting")}
    </span>
  );
}

function When({ job }: { job: Job }) {
  const now = useNow(1000, !hasEnded(job.state));
  if (job.started_at === null)
    return <span>{t("job.created", { time: formatAgo(job.created_at, now) })}</span>;
  const duration = formatDuration((job.ended_at ?? now) - job.started_at);
  return (
    <span title={formatDate(job.started_at)}>
      {t("job.started", { time: formatAgo(job.started_at, now) })},{" "}
      {t(job.ended_at === null ? "job.running" : "job.took", { duration })}
    </span>
  );
}

function Progress({ job }: { job: Job }) {
  const { progress } = job;
  const fraction = fractionOf(job);
  const active = !hasEnded(job.state);
  const eta = progress?.eta_seconds;
  return (
    <div className={classes.progress} data-testid="job-progress">
      <div className={classes.progressText}>
        <span>
          {t("job.epochOf", { epoch: progress?.epoch ?? job.last_epoch ?? 0, epochs: job.epochs })}
          {active && progress ? (
            <span className={classes.phase}>
              {progress.phase}
              {progress.message ? `: ${progress.message}` : null}
            </span>
          ) : null}
        </span>
        <span>
          {formatPercent(fraction)}
          {active && typeof eta === "number"
            ? ` · ${t("job.eta", { duration: formatDuration(eta * 1000) })}`
            : null}
        </span>
      </div>
      <ProgressBar fraction={fraction} active={active} />
    </div>
  );
}

function Best({ job }: { job: Job }) {
  const { name, source, direction } = job.primary_metric;
  return (
    <div className={classes.best} title={t(`metric.${direction}`)} data-testid="job-best">
      <span className={classes.bestValue}>{formatMetric(job.best_value)}</span>
      <span>
        {t("metric.best")} {name}
        <span className={classes.phase}>
          {t(`source.${source}`)}
          {job.best_epoch !== null ? `, ${t("metric.epoch", { epoch: job.best_epoch })}` : null}
        </span>
      </span>
    </div>
  );
}
