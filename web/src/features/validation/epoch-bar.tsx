import type { ReactNode } from "react";
import { isLive } from "../../api/job-states";
import { useListResults } from "../../api/list-results";
import type { Job, ResultList } from "../../api/types";
import type { EpochWish } from "../../lib/epoch-search";
import { EpochContext } from "./epoch-context";
import { EpochPicker } from "./epoch-picker";
import { useMakeEpochControl } from "./use-epoch-control";
import { useEpochWish } from "./use-epoch-wish";
import { useFollows } from "./use-follows";
import classes from "./validation.module.css";
import { chooseEpoch } from "./view-state";

interface Props {
  job: Job;
  wish: EpochWish | undefined;
  onWish: (wish: EpochWish) => void;
  /** What the chosen epoch is marked on; before the first validation there is none. */
  children: (epoch: number | null, onPick?: (epoch: number) => void) => ReactNode;
}

/** The scrubber alone, over something else than the validation; that stays in its place when the scrubber comes. */
export function EpochBar({ job, wish: address, onWish, children }: Props) {
  const query = useListResults(job.id);
  const { primary_metric } = job;
  const results: ResultList = query.data ?? {
    items: [],
    best_epoch: null,
    next_cursor: null,
    primary_metric,
  };
  const some = results.items.length > 0;
  const live = isLive(job);
  const follows = useFollows(live);
  const [wish, pick] = useEpochWish(address, onWish);
  const choice = chooseEpoch(results, wish, follows) ?? { epoch: 1, row: null, following: false };
  const control = useMakeEpochControl({ job, results, live, choice, ready: true, imageOpen: false, pick });
  return (
    <EpochContext value={control}>
      {some ? (
        <div className={classes.above}>
          <EpochPicker />
        </div>
      ) : query.isPending && job.best_epoch !== null ? (
        <div className={classes.room} />
      ) : null}
      {some ? children(choice.epoch, control.pickNear) : children(null)}
    </EpochContext>
  );
}
