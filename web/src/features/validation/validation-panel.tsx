import { isLive } from "../../api/job-states";
import { useListResults } from "../../api/list-results";
import type { Job } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-validation";
import { EpochPicker } from "./epoch-picker";
import { EpochView } from "./epoch-view";
import classes from "./validation.module.css";
import { chooseEpoch, isWaiting, type ViewProps } from "./view-state";

/** What the model saw and missed, epoch by epoch. */
export function ValidationPanel({ job, search, onChange }: Omit<ViewProps, "task"> & { job: Job }) {
  const query = useListResults(job.id);
  if (query.isPending) return <Loading rows={3} height={120} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  const results = query.data;
  const live = isLive(job);
  const choice = chooseEpoch(results, search.epoch, live);
  if (choice === null) {
    return (
      <EmptyState
        title={t("validation.none")}
        text={t(live ? "validation.noneText" : "validation.noneEnded")}
      />
    );
  }
  return (
    <div className={classes.panel}>
      <EpochPicker
        results={results}
        epochs={job.epochs}
        choice={choice}
        live={live}
        // More than one stand above the tabs already.
        waiting={job.evaluation_lag > 1 ? 0 : results.items.filter(isWaiting).length}
        onPick={(epoch) => onChange({ epoch })}
      />
      {choice.row ? (
        <EpochView
          job={job}
          row={choice.row}
          results={results}
          task={choice.row.task_type}
          search={search}
          onChange={onChange}
        />
      ) : (
        <EmptyState title={t("validation.notHere", { epoch: choice.epoch })} />
      )}
    </div>
  );
}
