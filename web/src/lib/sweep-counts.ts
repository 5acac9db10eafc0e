import type { SweepRow } from "../api/types";

/** How many trials have ended, however. */
export const endedTrials = (counts: SweepRow["counts"]): number =>
  counts.completed + counts.stopped_early + counts.stopped + counts.failed;
