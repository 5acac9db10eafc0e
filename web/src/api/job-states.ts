import type { Job, JobRow, JobState } from "./types";

const ENDED: ReadonlySet<JobState> = new Set(["completed", "failed", "stopped"]);

export const hasEnded = (state: JobState): boolean => ENDED.has(state);

/** Whether a job can be asked to end with its epoch. */
export const canStop = (job: JobRow): boolean => !hasEnded(job.state) && !job.stop_requested;

/** Whether anything of the job may still change by itself. */
export const isLive = (job: Job): boolean => !hasEnded(job.state) || job.evaluation_lag > 0;

/** What a stop can still change: `epoch` and `now` for a job nobody stopped, `now` for one that ends with its epoch. */
export function stopChoices(job: Job): readonly ("epoch" | "now")[] {
  if (hasEnded(job.state) || job.stop_now) return [];
  if (job.state === "queued") return job.stop_requested ? [] : ["epoch"];
  return job.stop_requested ? ["now"] : ["epoch", "now"];
}

const RESUMABLE: ReadonlySet<JobState> = new Set(["stopped", "failed", "lost"]);

/** Jobs that Snellen did not start it can't start again. */
export const canResume = (job: Job): boolean => RESUMABLE.has(job.state) && job.launcher !== "external";
