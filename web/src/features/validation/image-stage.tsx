import type { Box, ImageDetail } from "../../api/types";
import { PictureStage } from "../../components/picture-stage";
import { t } from "../../lib/i18n-validation";
import { sizeOf } from "../../lib/image-size";
import { ImageLabels, type Shown } from "./image-labels";
import classes from "./image-view.module.css";

interface Props {
  image: ImageDetail;
  show: Shown;
  hovered: string | null;
  onHover: (key: string | null) => void;
}

/** Boxes in the image's own pixels; lines and labels keep their size on the screen. */
export function ImageStage({ image, show, hovered, onHover }: Props) {
  const size = sizeOf(image, [...image.truths, ...image.predictions]);
  return (
    <PictureStage
      url={image.url}
      alt={t("image.alt", { path: image.path })}
      size={size}
      dim={hovered !== null}
      overlay={show.labels ? <ImageLabels image={image} size={size} show={show} hovered={hovered} /> : null}
    >
      {show.truth
        ? image.truths.map((truth) => (
            <rect
              key={truth.object_id}
              {...rect(truth)}
              className={classes.truth}
              data-testid="truth-box"
              data-outcome={truth.outcome}
              data-class={truth.class_name}
              data-hovered={hovered === `t${truth.object_id}` || undefined}
              onPointerEnter={() => onHover(`t${truth.object_id}`)}
              onPointerLeave={() => onHover(null)}
            />
          ))
        : null}
      {show.predictions
        ? image.predictions.map((prediction) => (
            <rect
              key={prediction.prediction_id}
              {...rect(prediction)}
              className={classes.prediction}
              data-testid="prediction-box"
              data-outcome={prediction.outcome}
              data-class={prediction.class_name}
              data-hovered={hovered === `p${prediction.prediction_id}` || undefined}
              onPointerEnter={() => onHover(`p${prediction.prediction_id}`)}
              onPointerLeave={() => onHover(null)}
            />
          ))
        : null}
    </PictureStage>
  );
}

const rect = ({ x, y, w, h }: Box) => ({ x, y, width: Math.max(w, 0.5), height: Math.max(h, 0.5) });
