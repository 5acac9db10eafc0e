import type { LabelError, Task } from "../../api/types";
import { ThumbnailFrame } from "../../components/thumbnail-frame";
import { formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-images";
import { CroppedPicture } from "./cropped-picture";
import classes from "./label-errors.module.css";
import { hasPlace } from "./view-state";

interface Props {
  item: LabelError;
  task: Task;
  onOpen: () => void;
}

/** A label that is likely wrong, and why, in words. */
export function SuspectCard({ item, task, onOpen }: Props) {
  const { path, url, crop, kind, suspicion, sure_from: sure, share } = item;
  return (
    <button
      type="button"
      className={classes.card}
      data-testid="suspect"
      data-kind={kind}
      data-image-id={item.image_id}
      title={path}
      onClick={onOpen}
    >
      <span className={classes.picture}>
        {crop ? (
          <CroppedPicture url={url} crop={crop} truth={item.truth} prediction={item.prediction} wrong />
        ) : (
          <ThumbnailFrame url={url} />
        )}
      </span>
      <span className={classes.words}>
        <span className={classes.kind}>
          {t(`suspects.is.${kind}`)}
          <small>{t("suspects.suspicion", { value: suspicion.toFixed(2) })}</small>
        </span>
        <span>{reason(item, task)}</span>
        {sure === null || share === null ? null : (
          <small>{t("suspects.right", { sure: sure.toFixed(2), share: formatPercent(share) })}</small>
        )}
        <small className={classes.path}>{path}</small>
      </span>
    </button>
  );
}

function reason(item: LabelError, task: Task): string {
  const { kind, given, suggested, score, own_score: own, iou, share } = item;
  const values = {
    given: given ?? "",
    suggested: suggested ?? "",
    score: (score ?? 0).toFixed(2),
    own: (own ?? 0).toFixed(2),
    iou: (iou ?? 0).toFixed(2),
    share: formatPercent(share ?? 0),
  };
  return t(kind === "class" && !hasPlace(task) ? "suspects.why.whole" : `suspects.why.${kind}`, values);
}
