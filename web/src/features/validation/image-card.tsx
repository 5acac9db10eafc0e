import { memo } from "react";
import type { ImageItem } from "../../api/types";
import { ThumbnailFrame } from "../../components/thumbnail-frame";
import frames from "../../components/thumbnail-frame.module.css";
import { t } from "../../lib/i18n-validation";
import { sizeOf } from "../../lib/image-size";
import classes from "./images.module.css";

interface Props {
  item: ImageItem;
  /** Whether the highlighted boxes are mistakes. */
  mistakes: boolean;
  /** Whether to say how many of the chosen pairs are in the image. */
  showPairs: boolean;
  onOpen: () => void;
}

export const ImageCard = memo(
  function ImageCard({ item, mistakes, showPairs, onOpen }: Props) {
    const { tp, fp, fn, path } = item;
    const { width, height } = sizeOf(item, item.highlights);
    return (
      <button
        type="button"
        className={frames.card}
        data-testid="image-card"
        data-image-id={item.image_id}
        aria-label={t("images.open", { path, tp, fn, fp })}
        title={path}
        onClick={onOpen}
      >
        <ThumbnailFrame url={item.url}>
          <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
            {item.highlights.map((box, at) => (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: boxes have no other name here
                key={at}
                x={box.x}
                y={box.y}
                width={box.w}
                height={box.h}
                className={classes.box}
                data-kind={box.kind}
                data-mistake={mistakes || undefined}
              />
            ))}
          </svg>
          {showPairs && item.pairs > 1 ? <span className={classes.pairs}>× {item.pairs}</span> : null}
        </ThumbnailFrame>
        <span className={frames.caption}>
          <span className={frames.name}>{path.split("/").pop()}</span>
          <span className={classes.counts}>
            <span data-kind="tp">✓{tp}</span>
            <span data-kind="fn">○{fn}</span>
            <span data-kind="fp">✕{fp}</span>
          </span>
        </span>
      </button>
    );
  },
  (before, after) =>
    before.item === after.item && before.mistakes === after.mistakes && before.showPairs === after.showPairs,
);
