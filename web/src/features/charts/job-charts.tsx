import { useMemo } from "react";
import { hasEnded } from "../../api/job-states";
import type { Job } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-charts";
import { useJobRun } from "../../lib/job-run";
import { ChartsPanel } from "./charts-panel";

interface Props {
  job: Job;
  epoch?: number | null;
  onPickEpoch?: (epoch: number) => void;
}

/** The charts of one job. */
export function JobCharts({ job, epoch, onPickEpoch }: Props) {
  const { query, run } = useJobRun(job);
  const runs = useMemo(() => [run], [run]);
  if (query.isPending) return <Loading rows={2} height={240} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (run.series.length === 0) {
    return (
      <EmptyState
        title={t("charts.waiting")}
        text={t(hasEnded(job.state) ? "charts.noneText" : "charts.waitingText")}
      />
    );
  }
  return <ChartsPanel runs={runs} primary={job.primary_metric} epoch={epoch} onPickEpoch={onPickEpoch} />;
}
