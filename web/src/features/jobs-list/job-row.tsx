import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { hasEnded } from "../../api/job-states";
import type { Me, JobRow as Row } from "../../api/types";
import { ProgressBar } from "../../components/progress-bar";
import { Sparkline } from "../../components/sparkline";
import { StateBadge } from "../../components/state-badge";
import { Tag } from "../../components/tag";
import { formatAgo, formatDate, formatDuration, formatMetric, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-jobs";
import { fractionOf } from "../../lib/job-fraction";
import { JobMenu } from "./job-menu";
import classes from "./jobs-page.module.css";

interface Props {
  job: Row;
  now: number;
  me: Me;
  showProject: boolean;
  chosen: boolean;
  onChoose: () => void;
  onTag: (tag: string) => void;
}

export function JobRow({ job, now, me, showProject, chosen, onChoose, onTag }: Props) {
  return (
    <tr data-testid="job-row" data-job-id={job.id} data-chosen={chosen || undefined}>
      <td className={classes.cellChoice}>
        <Checkbox
          size="xs"
          aria-label={t("list.choose", { name: job.name })}
          checked={chosen}
          onChange={onChoose}
          data-testid="choose-job"
        />
      </td>
      <td className={classes.cellName}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }} className={classes.name}>
          {job.name}
        </Link>
        <div className={classes.minor}>
          #{job.id} · {job.task}
          {showProject ? ` · ${job.project}` : null}
        </div>
        {job.tags.length > 0 ? (
          <div className={classes.tags}>
            {job.tags.map((tag) => (
              <button key={tag} type="button" className={classes.tag} onClick={() => onTag(tag)}>
                <Tag>{tag}</Tag>
              </button>
            ))}
          </div>
        ) : null}
        {job.exit_reason ? (
          <div
            className={classes.reason}
            data-wanted={job.state === "stopped" || undefined}
            title={job.exit_reason}
          >
            {job.exit_reason}
          </div>
        ) : null}
      </td>
      <td className={classes.cellState}>
        <StateBadge state={job.state} stopping={job.stop_requested} />
      </td>
      <td className={classes.cellModel}>
        <div>{job.model}</div>
        <div className={classes.minor}>{job.dataset?.name ?? t("jobs.noDataset")}</div>
      </td>
      <td className={classes.progress}>
        <Progress job={job} />
      </td>
      <td className={`${classes.nowrap} ${classes.cellBest}`}>
        <Best job={job} />
      </td>
      <td className={`${classes.nowrap} ${classes.cellStarted}`}>
        <Times job={job} now={now} />
      </td>
      <td className={classes.cellMenu}>
        <JobMenu job={job} me={me} />
      </td>
    </tr>
  );
}

function Progress({ job }: { job: Row }) {
  const fraction = fractionOf(job);
  const epoch = job.progress?.epoch ?? job.last_epoch ?? 0;
  const eta = job.progress?.eta_seconds;
  return (
    <>
      <div className={classes.progressText}>
        <span>
          {epoch} / {job.epochs}
        </span>
        <span>
          {job.state === "running" && typeof eta === "number"
            ? t("job.eta", { duration: formatDuration(eta * 1000) })
            : formatPercent(fraction)}
        </span>
      </div>
      <ProgressBar fraction={fraction} active={!hasEnded(job.state)} />
    </>
  );
}

function Best({ job }: { job: Row }) {
  const { name, source } = job.primary_metric;
  const [first] = job.history;
  const last = job.history[job.history.length - 1];
  return (
    <div className={classes.best}>
      <div className={classes.bestText}>
        <div>
          <span className={classes.value}>{formatMetric(job.best_value)}</span>
          {job.best_epoch !== null ? (
            <span className={classes.minor}> {t("metric.epoch", { epoch: job.best_epoch })}</span>
          ) : null}
        </div>
        <div className={classes.minor}>
          {name}, {t(`source.${source}`)}
        </div>
      </div>
      {first && last ? (
        <Sparkline
          points={job.history}
          marked={job.best_epoch}
          label={t("list.spark", {
            name,
            first: formatMetric(first[1]),
            from: first[0],
            last: formatMetric(last[1]),
            to: last[0],
          })}
        />
      ) : null}
    </div>
  );
}

function Times({ job, now }: { job: Row; now: number }) {
  if (job.started_at === null) return <span className={classes.minor}>{t("jobs.notStarted")}</span>;
  const end = job.ended_at ?? now;
  return (
    <>
      <div title={formatDate(job.started_at)}>{formatAgo(job.started_at, now)}</div>
      <div className={classes.minor}>{formatDuration(end - job.started_at)}</div>
    </>
  );
}
