import { Alert } from "@mantine/core";
import { memo } from "react";
import { useResult } from "../../api/get-result";
import { useResultImages } from "../../api/result-images";
import type { Job, ResultList, ResultRow } from "../../api/types";
import { ErrorState, Loading } from "../../components/page-state";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { Analysis } from "./analysis";
import { ConfusionSection } from "./confusion-section";
import { CurvesPanel } from "./curves-panel";
import { EpochNumbers } from "./epoch-numbers";
import { ImagePanel } from "./image-panel";
import { ImageView } from "./image-view";
import { LabelErrorsCard } from "./label-errors-card";
import { LiveThresholds } from "./live-thresholds";
import { PerClassTable } from "./per-class-table";
import classes from "./validation.module.css";
import { canExplore, imageFilter, isWaiting, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  job: Job;
  row: ResultRow;
  results: ResultList;
}

/** Everything about one epoch, at the thresholds of the address. */
export const EpochView = memo(function EpochView({ job, row, results, task, search, onChange }: Props) {
  const { epoch } = row;
  const explore = canExplore(row);
  const result = useResult(job.id, epoch);
  const images = useResultImages(job.id, epoch, imageFilter(search, task), 0, explore);

  if (!result.data) {
    return result.isError ? (
      <ErrorState error={result.error} retry={() => void result.refetch()} />
    ) : (
      <Loading rows={3} height={160} />
    );
  }
  const detail = result.data;
  const ofEpoch = { conf: detail.thresholds.score, iou: detail.thresholds.iou };
  const view = { jobId: job.id, epoch, task, search, onChange };
  const isBest = (one: ResultRow) => one.epoch === results.best_epoch;
  return (
    <div className={classes.stack} data-testid="epoch-view" data-epoch={epoch}>
      <Notices row={row} />
      <EpochNumbers detail={detail} job={job} best={results.items.find(isBest) ?? null} />
      <LiveThresholds explore={explore} {...view}>
        <div className={explore ? classes.split : classes.stack}>
          <div className={classes.stack}>
            <ConfusionSection explore={explore} detail={detail} results={results} {...view} />
          </div>
          {explore ? (
            <ImagePanel query={images} labels={[...detail.class_names, "background"]} {...view} />
          ) : null}
        </div>
        <PerClassTable ofEpoch={detail.per_class} epochThresholds={ofEpoch} explore={explore} {...view} />
        {explore ? (
          <>
            <CurvesPanel classNames={detail.class_names} perClass={detail.per_class} {...view} />
            <Analysis classNames={detail.class_names} {...view} />
            <LabelErrorsCard {...view} />
          </>
        ) : null}
      </LiveThresholds>
      {explore && search.image !== undefined ? <ImageView imageId={search.image} {...view} /> : null}
    </div>
  );
});

function Notices({ row }: { row: ResultRow }) {
  if (row.evaluation_error !== null) {
    return (
      <Alert color="red" role="alert">
        {t("validation.evaluationError", { error: row.evaluation_error })}
      </Alert>
    );
  }
  if (isWaiting(row)) return <Alert color="lens">{t("validation.evaluating")}</Alert>;
  if (row.has_predictions) return null;
  const { at, reason } = row.predictions;
  return (
    <Alert color="gray" data-testid="no-predictions">
      {at ? removed(at, reason) : t("validation.noPredictions")}
    </Alert>
  );
}

const removed = (at: number, reason: string | null | undefined): string =>
  t("validation.predictionsRemoved", { date: formatDate(at), reason: reason ?? "" });
