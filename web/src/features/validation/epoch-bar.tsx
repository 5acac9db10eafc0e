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

/** The scrubber alone, over something else than the validation. */
export function EpochBar(props: Props) {
  const results = useListResults(props.job.id);
  return results.data && results.data.items.length > 0 ? (
    <Bar {...props} results={results.data} />
  ) : (
    props.children(null)
  );
}

function Bar({ job, wish: address, onWish, children, results }: Props & { results: ResultList }) {
  const live = isLive(job);
  const follows = useFollows(live);
  const [wish, pick] = useEpochWish(address, onWish);
  const choice = chooseEpoch(results, wish, follows) ?? { epoch: 1, row: null, following: false };
  const control = useMakeEpochControl({ job, results, live, choice, ready: true, imageOpen: false, pick });
  return (
    <EpochContext value={control}>
      <div className={classes.above}>
        <EpochPicker />
      </div>
      {children(choice.epoch, control.pickNear)}
    </EpochContext>
  );
}
