import { type ReactNode, useCallback } from "react";
import { isLive } from "../../api/job-states";
import { useListResults } from "../../api/list-results";
import type { Job, ResultList } from "../../api/types";
import type { EpochWish } from "../../lib/epoch-search";
import { EpochContext } from "./epoch-context";
import { EpochPicker } from "./epoch-picker";
import { useMakeEpochControl } from "./use-epoch-control";
import { useEpochWish } from "./use-epoch-wish";
import { useFollows } from "./use-follows";
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
  const { items } = results;
  // A click between two validations means the nearer one.
  const pickNear = useCallback((epoch: number) => pick(nearest(items, epoch)), [items, pick]);
  return (
    <EpochContext value={control}>
      <EpochPicker />
      {children(choice.epoch, pickNear)}
    </EpochContext>
  );
}

function nearest(items: ResultList["items"], epoch: number): number {
  const distance = (other: number) => Math.abs(other - epoch);
  return items.reduce(
    (best, row) => (distance(row.epoch) < distance(best) ? row.epoch : best),
    items[0]?.epoch ?? 1,
  );
}
