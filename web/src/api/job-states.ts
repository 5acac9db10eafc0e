import type { Job, JobState } from "./types";

const ENDED: ReadonlySet<JobState> = new Set(["completed", "failed", "stopped"]);

export const hasEnded = (state: JobState): boolean => ENDED.has(state);

/** Whether anything of the job may still change by itself. */
export const isLive = (job: Job): boolean => !hasEnded(job.state) || job.evaluation_lag > 0;

export const canStop = (job: Job): boolean => !hasEnded(job.state) && !job.stop_requested;
