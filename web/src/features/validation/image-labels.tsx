import type { Box, ImageDetail, Prediction, Truth } from "../../api/types";
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
  partner: string | null;
  /** What the overlap is called. */
  overlap: string;
}

/**
 * Truth is named above its box, a prediction below with its score and its overlap, so that a pair shows both. Without
 * labels only mistakes are marked: a miss and a false prediction aren't told by colour alone.
 */
export function ImageLabels({ image, size, show, hovered, partner, overlap }: Props) {
  const truths = show.labels ? image.truths : image.truths.filter((one) => TRUTH_MARKS[one.outcome]);
  const predictions = show.labels
    ? image.predictions
    : image.predictions.filter((one) => one.outcome === "fp");
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
              data-partner={partner === truthKey(truth) || undefined}
              style={{ ...corner(truth, size, false), marginTop: `${-ROW_EM * (truthRows[at] ?? 0)}em` }}
            >
              {TRUTH_MARKS[truth.outcome]}
              {show.labels ? truth.class_name : null}
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
              data-partner={partner === predictionKey(prediction) || undefined}
              style={{
                ...corner(prediction, size, true),
                marginTop: `${ROW_EM * (predictionRows[at] ?? 0)}em`,
              }}
            >
              {MARKS[prediction.outcome]}
              {show.labels ? inWords(prediction, overlap) : null}
            </span>
          ))
        : null}
    </div>
  );
}

const TRUTH_MARKS: Record<Truth["outcome"], string> = { tp: "", fn: "○ ", ignored: "" };
const MARKS: Record<Prediction["outcome"], string> = { tp: "✓ ", fp: "✕ ", ignored: "" };

const inWords = ({ class_name: name, score, iou }: Prediction, overlap: string): string =>
  `${name} ${score.toFixed(2)}${iou === null ? "" : ` · ${overlap} ${iou.toFixed(2)}`}`;

/** From here on a label ends where its box does, or it would leave the picture. */
const RIGHT_FROM = 0.7;

const corner = ({ x, y, w, h }: Box, size: Size, below: boolean) => ({
  ...(x / size.width < RIGHT_FROM
    ? { left: `${(100 * x) / size.width}%` }
    : { right: `${100 - (100 * Math.min(size.width, x + w)) / size.width}%` }),
  top: `${(100 * (below ? y + h : y)) / size.height}%`,
});
