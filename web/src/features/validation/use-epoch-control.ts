import { useCallback, useRef } from "react";
import type { Job, ResultList } from "../../api/types";
import type { EpochWish } from "../../lib/epoch-search";
import { t } from "../../lib/i18n-epochs";
import { useKeys } from "../../lib/use-keys";
import type { EpochControl } from "./epoch-context";
import { usePlay } from "./use-play";
import { type EpochChoice, newestToShow } from "./view-state";

interface Given {
  job: Job;
  results: ResultList;
  live: boolean;
  choice: EpochChoice;
  ready: boolean;
  /** Whether letters may mean something else. */
  imageOpen: boolean;
  pick: (wish: EpochWish) => void;
}

/** Buttons, keys and playing, all on the same choice. */
export function useMakeEpochControl({
  job,
  results,
  live,
  choice,
  ready,
  imageOpen,
  pick,
}: Given): EpochControl {
  const { items, best_epoch: best } = results;
  const index = items.findIndex((row) => row.epoch === choice.epoch);
  const last = items.length - 1;
  const latest = useRef(items);
  latest.current = items;
  const goTo = useCallback(
    (at: number) => {
      const row = latest.current[at];
      if (row) pick(row.epoch);
    },
    [pick],
  );
  const [playing, togglePlay, stop] = usePlay(index, last, ready, goTo);
  const newest = newestToShow(items);
  // What was the newest when somebody chose an epoch; a later one is news.
  const seen = useRef<number | null>(null);
  seen.current ??= newest?.epoch ?? null;
  if (choice.following) seen.current = newest?.epoch ?? 0;
  const present = useRef(newest);
  present.current = newest;
  const chosen = useCallback(
    (wish: EpochWish) => {
      stop();
      seen.current = present.current?.epoch ?? 0;
      pick(wish);
    },
    [stop, pick],
  );
  const pickNear = useCallback((epoch: number) => chosen(nearest(latest.current, epoch)), [chosen]);
  const step = (by: number) => {
    const row = items[index + by];
    if (row) chosen(row.epoch);
  };
  const toBest = () => {
    if (best !== null) chosen(best);
  };
  const keys = [
    ["[", () => step(-1), t("keys.previousEpoch")],
    ["]", () => step(1), t("keys.nextEpoch")],
    // With an image open the small letter is that of its boxes.
    ...(imageOpen
      ? ([["B", toBest, t("keys.bestEpoch")]] as const)
      : ([
          ["B", toBest],
          ["b", toBest, t("keys.bestEpoch")],
        ] as const)),
    [".", () => chosen(live ? "latest" : (newest?.epoch ?? choice.epoch)), t("keys.latestEpoch")],
    ["P", togglePlay, t("keys.playEpochs")],
  ] as const;
  useKeys(items.length === 0 ? [] : keys);
  return {
    jobId: job.id,
    results,
    epochs: job.epochs,
    live,
    coming: job.evaluation_lag,
    choice,
    index,
    ready,
    playing,
    news: newest !== null && newest.epoch > (seen.current ?? 0) ? newest : null,
    pick: chosen,
    pickNear,
    step,
    togglePlay,
  };
}

function nearest(items: ResultList["items"], epoch: number): number {
  const distance = (other: number) => Math.abs(other - epoch);
  const nearer = (best: number, { epoch: other }: ResultList["items"][number]) =>
    distance(other) < distance(best) ? other : best;
  return items.reduce(nearer, items[0]?.epoch ?? epoch);
}
