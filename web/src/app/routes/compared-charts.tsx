import { Notice } from "../../components/notice";
import { EmptyState, Loading } from "../../components/page-state";
import { ChartsPanel } from "../../features/charts/charts-panel";
import type { Training } from "../../lib/compared";
import { useComparedCharts } from "../../lib/compared-charts";
import { t } from "../../lib/i18n-runs";

/** The lines of all trainings over one another. */
export function ComparedCharts({ trainings }: { trainings: readonly Training[] }) {
  const { runs, isPending, errors } = useComparedCharts(trainings);
  const some = runs.some((run) => run.series.length > 0);
  if (!some && isPending) return <Loading rows={2} height={240} />;
  return (
    <>
      {errors.map((error, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an error has no name
        <Notice key={at} tone="warn">
          {t("runs.failedKeys", { error: error.message })}
        </Notice>
      ))}
      {some ? (
        <ChartsPanel runs={runs} primary={primaryOf(trainings)} />
      ) : (
        <EmptyState title={t("comparing.noCharts")} text={t("comparing.noChartsText")} />
      )}
    </>
  );
}

/** The first chart is the primary metric's, where all jobs have the same one. */
function primaryOf(trainings: readonly Training[]) {
  const primaries = trainings.flatMap(({ job }) => (job ? [job.primary_metric] : []));
  const [first] = primaries;
  return primaries.every((one) => one.name === first?.name && one.source === first.source)
    ? first
    : undefined;
}
