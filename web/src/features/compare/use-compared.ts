import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { getJobOptions } from "../../api/get-job";
import { getResultOptions } from "../../api/get-result";
import { getRunOptions } from "../../api/get-run";
import type { Job, Run } from "../../api/types";
import { type JobResult, type Training, trainingsOf } from "../../lib/compared";
import type { Failure } from "./unreadable";

export interface Found {
  trainings: Training[];
  jobs: Job[];
  results: JobResult[];
  failures: Failure[];
  isPending: boolean;
}

/** Jobs and runs as far as they are here, in the order of the address, and the jobs' results at their best epochs. */
export function useCompared(jobIds: readonly number[], runIds: readonly string[]): Found {
  const ofJobs = useQueries({ queries: jobIds.map((id) => getJobOptions(id)), combine: settled<Job> });
  const ofRuns = useQueries({ queries: runIds.map((id) => getRunOptions(id)), combine: settled<Run> });
  const jobs = ofJobs.found;
  const runs = ofRuns.found;
  const trainings = useMemo(() => trainingsOf(jobs, runs), [jobs, runs]);
  const ofResults = useQueries({
    queries: jobs.map((job) => ({
      ...getResultOptions(job.id, job.best_epoch ?? 0),
      enabled: job.best_epoch !== null,
      // Of another job, when one is taken out.
      placeholderData: undefined,
    })),
    combine: answers,
  });
  const results = useMemo(
    () =>
      trainings.flatMap((training, at) =>
        training.job ? [{ training, job: training.job, result: ofResults[at] ?? null }] : [],
      ),
    [trainings, ofResults],
  );
  return {
    trainings,
    jobs,
    results,
    failures: [
      ...ofJobs.errors.map(([at, error]) => ({ job: jobIds[at] ?? null, run: null, error })),
      ...ofRuns.errors.map(([at, error]) => ({ job: null, run: runIds[at] ?? null, error })),
    ],
    isPending: ofJobs.pending || ofRuns.pending,
  };
}

interface Answer<T> {
  data: T | undefined;
  error: Error | null;
  isPending: boolean;
}

function settled<T>(queries: readonly Answer<T>[]) {
  return {
    found: queries.flatMap((query) => (query.data ? [query.data] : [])),
    errors: queries.flatMap((query, at) => (query.error && !query.data ? [[at, query.error] as const] : [])),
    pending: queries.some((query) => query.isPending),
  };
}

const answers = <T>(queries: readonly Answer<T>[]): (T | undefined)[] => queries.map((query) => query.data);
