import type { Task } from "../../api/types";
import { t } from "../../lib/i18n-matrix";
import { IOU_MAX, IOU_MIN, IOU_STEP, snapIou } from "../../lib/validation-search";
import classes from "./confusion.module.css";
import { useLive } from "./live-thresholds";
import { ThresholdSlider } from "./threshold-slider";
import { hasPlace, overlapName } from "./view-state";

export function ThresholdSliders({ task }: { task: Task }) {
  const { at, move, settle } = useLive();
  return (
    <div className={classes.sliders}>
      <ThresholdSlider
        name="score"
        label={t("confusion.score")}
        description={t("confusion.scoreLabel")}
        value={at.conf}
        min={0}
        max={1}
        step={0.01}
        onMove={(value) => move({ conf: Math.round(value * 100) / 100 })}
        onSettle={settle}
      />
      {hasPlace(task) ? (
        <ThresholdSlider
          name="iou"
          label={overlapName(task)}
          description={t("confusion.iouLabel", { name: overlapName(task) })}
          value={at.iou}
          min={IOU_MIN}
          max={IOU_MAX}
          step={IOU_STEP}
          onMove={(value) => move({ iou: snapIou(value) })}
          onSettle={settle}
        />
      ) : null}
    </div>
  );
}
