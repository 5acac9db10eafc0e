import { useDebouncedValue } from "@mantine/hooks";
import { useImageHistory } from "../../api/image-history";
import type { HistoryRow, ImageDetail, Task } from "../../api/types";
import { t } from "../../lib/i18n-epochs";
import { useEpochControl } from "./epoch-context";
import { EpochSlider } from "./epoch-picker";
import { StepButtons } from "./epoch-steps";
import { HistoryText } from "./history-text";
import { HistoryTrack } from "./history-track";
import classes from "./image-epochs.module.css";
import { predictionKey, truthKey } from "./image-sides";
import type { Thresholds } from "./view-state";

/** The pointer passes over many objects on its way. */
const HOVER_MS = 120;

interface Props {
  imageId: number;
  image: ImageDetail | undefined;
  task: Task;
  at: Thresholds;
  /** The key of the shape that is pointed at. */
  hovered: string | null;
}

/** The scrubber of an open image, over what became of this image, or of the object pointed at, epoch by epoch. */
export function ImageEpochs({ imageId, image, task, at, hovered }: Props) {
  const { jobId, results, choice, epochs, index } = useEpochControl();
  const [object] = useDebouncedValue(objectOf(image, hovered), HOVER_MS);
  const validated = results.items.filter((row) => row.has_predictions).length;
  const query = useImageHistory(jobId, imageId, { ...at, object: object?.object_id ?? null }, validated);
  // While another image is asked for, the history of the one before says nothing.
  const history = query.data?.image_id === imageId ? query.data : undefined;
  const rows = history?.items ?? NONE;
  const following = object !== null && rows.some((row) => row.object);
  return (
    <section className={classes.bar} aria-label={t("epochs.history")} data-testid="image-epochs">
      <div className={classes.steps}>
        <StepButtons />
        <strong data-testid="image-epoch" data-epoch={choice.epoch}>
          {t("epochs.at", { epoch: choice.epoch, epochs })}
          {choice.epoch === results.best_epoch ? <span title={t("validation.isBest")}> ★</span> : null}
        </strong>
      </div>
      <div className={classes.slider}>
        <EpochSlider
          track={
            <HistoryTrack items={results.items} rows={rows} task={task} following={following} index={index} />
          }
        />
      </div>
      <HistoryText
        history={history}
        error={query.error}
        epoch={choice.epoch}
        task={task}
        name={following ? object.class_name : null}
      />
    </section>
  );
}

const NONE: readonly HistoryRow[] = [];

/** The truth that is pointed at, itself or by its prediction. */
function objectOf(image: ImageDetail | undefined, hovered: string | null) {
  if (!image || hovered === null) return null;
  const predicted = image.predictions.find((one) => predictionKey(one) === hovered);
  return (
    image.truths.find(
      (truth) => truthKey(truth) === hovered || (predicted && truth.object_id === predicted.object_id),
    ) ?? null
  );
}
