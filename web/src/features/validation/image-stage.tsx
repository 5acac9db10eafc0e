import { useState } from "react";
import type { Box, ImageDetail } from "../../api/types";
import { t } from "../../lib/i18n";
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
  const [failed, setFailed] = useState<string | null>(null);
  const natural = sizeOf(image, [...image.truths, ...image.predictions]);
  const { width, height } = natural;
  const ratio = width / height;
  const size = { width: `min(100cqw, calc(100cqh * ${ratio}))`, aspectRatio: `${width} / ${height}` };
  return (
    <div className={classes.stage}>
      <div className={classes.frame} style={size}>
        {image.url === null || failed === image.url ? (
          <span className={classes.failed}>{t("images.failed")}</span>
        ) : (
          <img
            src={image.url}
            alt={t("image.alt", { path: image.path })}
            onError={() => setFailed(image.url)}
          />
        )}
        <svg viewBox={`0 0 ${width} ${height}`} data-dim={hovered !== null || undefined} aria-hidden="true">
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
        </svg>
        {show.labels ? <ImageLabels image={image} size={natural} show={show} hovered={hovered} /> : null}
      </div>
    </div>
  );
}

const rect = ({ x, y, w, h }: Box) => ({ x, y, width: Math.max(w, 0.5), height: Math.max(h, 0.5) });
