import type { Box, ImageDetail, Prediction } from "../../api/types";
import type { Size } from "../../lib/image-size";
import { labelRows } from "../../lib/label-rows";
import { predictionKey, truthKey } from "./image-sides";
import classes from "./image-view.module.css";
import type { Shown } from "./use-shown";

/** Height of a row of labels. */
const ROW_EM = 1.5;

interface Props {
  image: ImageDetail;
  size: Size;
  show: Shown;
  hovered: string | null;
}

/** Truth is named above its box, a prediction below, so that a pair shows both. */
export function ImageLabels({ image, size, show, hovered }: Props) {
  const { truths, predictions } = image;
  const truthRows = labelRows(truths, false, size.width);
  const predictionRows = labelRows(predictions, true, size.width);
  return (
    <div className={classes.labels} data-dim={hovered !== null || undefined} aria-hidden="true">
      {show.truth
        ? truths.map((truth, at) => (
            <span
              key={truthKey(truth)}
              className={classes.truthLabel}
              data-outcome={truth.outcome}
              data-hovered={hovered === truthKey(truth) || undefined}
              style={{ ...corner(truth, size, false), marginTop: `${-ROW_EM * (truthRows[at] ?? 0)}em` }}
            >
              {truth.outcome === "fn" ? "○ " : ""}
              {truth.class_name}
            </span>
          ))
        : null}
      {show.predictions
        ? predictions.map((prediction, at) => (
            <span
              key={predictionKey(prediction)}
              className={classes.predictionLabel}
              data-outcome={prediction.outcome}
              data-hovered={hovered === predictionKey(prediction) || undefined}
              style={{
                ...corner(prediction, size, true),
                marginTop: `${ROW_EM * (predictionRows[at] ?? 0)}em`,
              }}
            >
              {MARKS[prediction.outcome]}
              {prediction.class_name} {prediction.score.toFixed(2)}
            </span>
          ))
        : null}
    </div>
  );
}

const MARKS: Record<Prediction["outcome"], string> = { tp: "✓ ", fp: "✕ ", ignored: "" };

const corner = (box: Box, size: Size, below: boolean) => ({
  left: `${(100 * box.x) / size.width}%`,
  top: `${(100 * (below ? box.y + box.h : box.y)) / size.height}%`,
});
