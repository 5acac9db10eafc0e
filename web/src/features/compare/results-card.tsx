import { Link } from "@tanstack/react-router";
import { hasEnded } from "../../api/job-states";
import type { Job } from "../../api/types";
import { Card } from "../../components/card";
import { StateBadge } from "../../components/state-badge";
import { ToolButton } from "../../components/tool-button";
import type { Compared } from "../../lib/compare-results";
import { compareValues } from "../../lib/compare-results";
import type { Training } from "../../lib/compared";
import { formatDuration, formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-runs";
import { useNow } from "../../lib/use-now";
import classes from "./compare.module.css";
import { Difference } from "./difference";
import { Swatch } from "./swatch";

interface Props {
  trainings: readonly Training[];
  base: Job | undefined;
  /** Whether the best values are of one metric. */
  comparable: boolean;
  onBase: (job: Job) => void;
  onRemove: (training: Training) => void;
}

/** A row a training: what came of it, against the baseline. */
export function ResultsCard({ trainings, base, comparable, onBase, onRemove }: Props) {
  const now = useNow(
    1000,
    trainings.some(({ job }) => job !== null && !hasEnded(job.state)),
  );
  const baseAt = trainings.findIndex(({ job }) => job !== null && job.id === base?.id);
  const best = compareValues(
    trainings.map(({ job }) => (comparable ? job?.best_value : null)),
    baseAt,
    base?.primary_metric.direction !== "min",
  );
  return (
    <Card title={t("comparing.results")} note={base && comparable ? noteOf(base) : null} flush>
      <div className="scroll-x">
        <table className="table stacked" data-testid="compare-results">
          <thead>
            <tr>
              <th>{t("comparing.job")}</th>
              <th>{t("comparing.baseline")}</th>
              <th>{t("comparing.best")}</th>
              <th className="number">{t("comparing.bestEpoch")}</th>
              <th className="number">{t("comparing.epochs")}</th>
              <th>{t("comparing.duration")}</th>
              <th>{t("comparing.state")}</th>
              <th>
                <span className="visually-hidden">{t("comparing.remove", { name: "" })}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {trainings.map((training, at) => (
              <tr key={training.id} data-testid="compared" data-id={training.id}>
                <td>
                  <Name training={training} />
                </td>
                <td data-label={t("comparing.baseline")}>
                  {training.job ? (
                    <input
                      type="radio"
                      name="baseline"
                      checked={training.job.id === base?.id}
                      aria-label={t("comparing.makeBaseline", { name: training.name })}
                      onChange={() => training.job && onBase(training.job)}
                    />
                  ) : null}
                </td>
                {training.job ? <Numbers job={training.job} best={best[at]} now={now} /> : <NoNumbers />}
                <td>
                  <ToolButton
                    icon="close"
                    label={t("comparing.remove", { name: training.name })}
                    onClick={() => onRemove(training)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function noteOf({ primary_metric: { name, source, direction } }: Job): string {
  return `${name}, ${t(`source.${source}`)}, ${t(`metric.${direction}`)}; ${t("comparing.resultsNote")}`;
}

function Name({ training }: { training: Training }) {
  const { job, run, name } = training;
  return (
    <span className={classes.named}>
      <Swatch training={training} />
      <span>
        {job ? (
          <Link to="/jobs/$jobId" params={{ jobId: job.id }} className={classes.name}>
            {job.name}
          </Link>
        ) : (
          <Link to="/mlflow/$runId" params={{ runId: run.id }} className={classes.name}>
            {name}
          </Link>
        )}
        <span className={classes.minor}>
          {job ? `#${job.id} · ${job.model}` : `MLflow · ${run.experiment}`}
        </span>
      </span>
    </span>
  );
}

function Numbers({ job, best, now }: { job: Job; best: Compared | undefined; now: number }) {
  const { name } = job.primary_metric;
  const started = job.started_at;
  return (
    <>
      <td data-label={t("comparing.best")}>
        {best && best.value !== null ? (
          <Difference compared={best} format={formatMetric} />
        ) : (
          <span>
            {formatMetric(job.best_value)} <span className={classes.minor}>{name}</span>
          </span>
        )}
      </td>
      <td data-label={t("comparing.bestEpoch")} className="number">
        {job.best_epoch ?? "–"}
      </td>
      <td data-label={t("comparing.epochs")} className="number">
        {job.last_epoch ?? 0} / {job.epochs}
      </td>
      <td data-label={t("comparing.duration")} className={classes.nowrap}>
        {started === null ? "–" : formatDuration((job.ended_at ?? now) - started)}
      </td>
      <td data-label={t("comparing.state")}>
        <StateBadge state={job.state} stopping={job.stop_requested} />
      </td>
    </>
  );
}

/** A run of MLflow has charts and parameters alone. */
const NoNumbers = () => (
  <>
    <td />
    <td />
    <td />
    <td />
    <td />
  </>
);
