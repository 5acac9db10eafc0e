import { type ReactNode, useCallback } from "react";
import { isLive } from "../../api/job-states";
import { useListResults } from "../../api/list-results";
import type { Job, ResultList } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import type { EpochWish } from "../../lib/epoch-search";
import { t } from "../../lib/i18n-validation";
import { EpochBest } from "./epoch-best";
import { EpochContext } from "./epoch-context";
import { EpochPicker } from "./epoch-picker";
import { EpochView } from "./epoch-view";
import { useDrawnEpoch } from "./use-drawn-epoch";
import { useMakeEpochControl } from "./use-epoch-control";
import { useEpochWish } from "./use-epoch-wish";
import { useFollows } from "./use-follows";
import classes from "./validation.module.css";
import { chooseEpoch, type ViewProps } from "./view-state";

interface Props extends Omit<ViewProps, "task"> {
  job: Job;
  /** Curves on which the epoch that is drawn is marked, and others can be picked. */
  curves?: (epoch: number, onPick: (epoch: number) => void) => ReactNode;
}

/** What the model saw and missed, epoch by epoch. */
export function ValidationPanel(props: Props) {
  const query = useListResults(props.job.id);
  if (query.isPending) return <Loading rows={3} height={120} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (query.data.items.length === 0) {
    const live = isLive(props.job);
    return (
      <EmptyState
        title={t("validation.none")}
        text={t(live ? "validation.noneText" : "validation.noneEnded")}
      />
    );
  }
  return <Epochs {...props} results={query.data} />;
}

function Epochs({ job, search, onChange, curves, results }: Props & { results: ResultList }) {
  const live = isLive(job);
  const follows = useFollows(live);
  const [wish, pick] = useEpochWish(
    search.epoch,
    useCallback((epoch: EpochWish) => onChange({ epoch }), [onChange]),
  );
  const choice = chooseEpoch(results, wish, follows);
  const drawn = useDrawnEpoch(job.id, results.items, choice?.row ?? null, search);
  const control = useMakeEpochControl({
    job,
    results,
    live,
    choice: choice ?? { epoch: 1, row: null, following: false },
    ready: choice?.row === null || drawn?.epoch === choice?.epoch,
    imageOpen: search.image !== undefined,
    pick,
  });
  if (choice === null) return null;
  return (
    <EpochContext value={control}>
      <div className={classes.panel}>
        <EpochPicker />
        <EpochBest />
        {curves?.(drawn?.epoch ?? choice.epoch, control.pickNear)}
        {drawn && choice.row ? (
          <EpochView
            job={job}
            row={drawn}
            results={results}
            task={drawn.task_type}
            search={search}
            onChange={onChange}
          />
        ) : (
          <EmptyState title={t("validation.notHere", { epoch: choice.epoch })} />
        )}
      </div>
    </EpochContext>
  );
}
