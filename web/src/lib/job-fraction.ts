import type { Job, JobRow } from "../api/types";

type Part = Pick<Job | JobRow, "state" | "progress" | "last_epoch" | "epochs">;

/** How much of a job is done, 0 to 1: as its trainer told, else by the epochs that were reported. */
export function fractionOf({ state, progress, last_epoch: last, epochs }: Part): number {
  if (state === "completed") return 1;
  return progress?.fraction ?? Math.min(1, (last ?? 0) / Math.max(1, epochs));
}
