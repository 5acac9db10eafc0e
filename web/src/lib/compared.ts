/** What stands in the columns of a comparison: jobs, and runs of MLflow. */
import type { Job, ResultDetail, Run } from "../api/types";
import { t } from "./i18n-runs";
import { resourcesText } from "./resources";

/** One training among those compared; `at` is its place, which gives it its colour. */
export type Training = { id: string; name: string; at: number } & (
  | { job: Job; run: null }
  | { job: null; run: Run }
);

export const trainingsOf = (jobs: readonly Job[], runs: readonly Run[]): Training[] => [
  ...jobs.map((job, at) => ({ id: `job-${job.id}`, name: job.name, at, job, run: null })),
  ...runs.map((run, at) => ({
    id: `run-${run.id}`,
    name: run.name || run.id,
    at: jobs.length + at,
    job: null,
    run,
  })),
];

/** What a training was given, by the names that people know. */
export function givenTo({ job, run }: Training): ReadonlyMap<string, unknown> {
  if (job) return new Map<string, unknown>([...askedOf(job), ...Object.entries(job.params)]);
  const params = run.params.map(({ name, value, cut }) => [name, cut ? `${value}…` : value] as const);
  return new Map<string, unknown>([[t("comparing.of.experiment"), run.experiment], ...params]);
}

function askedOf(job: Job): [string, unknown][] {
  const { name, source, direction } = job.primary_metric;
  return [
    [t("comparing.of.trainer"), job.trainer],
    [t("comparing.of.task"), job.task],
    [t("comparing.of.model"), job.model],
    [t("comparing.of.weights"), weightsOf(job)],
    [t("comparing.of.dataset"), job.dataset?.name],
    [t("comparing.of.snapshot"), job.dataset?.snapshot?.slice(0, 12)],
    [t("comparing.of.epochs"), job.epochs],
    [t("comparing.of.resources"), resourcesText(job.resources)],
    [t("comparing.of.launcher"), job.launcher],
    [t("comparing.of.primary"), `${name} (${t(`source.${source}`)}, ${t(`metric.${direction}`)})`],
  ];
}

function weightsOf({ parent }: Job): string | null {
  if (parent === null) return null;
  return t("comparing.weights", { checkpoint: parent.checkpoint, job: String(parent.job_id) });
}

/** A job and its result at the epoch that is looked at. */
export interface JobResult {
  training: Training;
  job: Job;
  result: ResultDetail | null;
}
