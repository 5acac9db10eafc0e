import { type ReactNode, useMemo } from "react";
import type { Highlight, ImageDetail } from "../../api/types";
import { BoxPart, KeypointsPart, MaskPart, ObjectShape } from "../../components/object-shape";
import { PictureStage } from "../../components/picture-stage";
import { classColor } from "../../lib/class-color";
import { t } from "../../lib/i18n-validation";
import { sizeOf } from "../../lib/image-size";
import { ImageLabels } from "./image-labels";
import { drawnOf, type OneSide } from "./image-sides";
import type { Shown } from "./use-shown";

const NO_SKELETON: number[][] = [];

interface Props {
  image: ImageDetail;
  /** Nothing is drawn over a picture that is classified as a whole. */
  placed: boolean;
  /** What the list was narrowed down to; predictions among it may have a score too low to be shown otherwise. */
  sought: readonly Highlight[];
  show: Shown;
  hovered: string | null;
  onHover: (key: string | null) => void;
}

/** Shapes in the image's own pixels; lines and labels keep their size on the screen. */
export function ImageStage({ image, placed, sought, show, hovered, onHover }: Props) {
  const size = sizeOf(image, placed ? [...image.truths, ...image.predictions] : []);
  const shape = (one: OneSide): ReactNode => (
    <ObjectShape
      key={one.key}
      color={one.color}
      dash={one.dash}
      weight={one.weight}
      hovered={hovered === one.key}
      onHover={(over) => onHover(over ? one.key : null)}
      data={{
        "data-testid": `${one.side}-shape`,
        "data-outcome": one.object.outcome,
        "data-class": one.object.class_name,
      }}
    >
      {show.masks && one.object.outlines ? (
        <MaskPart outlines={one.object.outlines} name={one.side} under={one.side === "truth"} />
      ) : null}
      {show.boxes ? (
        <BoxPart
          box={one.object}
          name={one.side}
          under={false}
          outcome={one.object.outcome}
          className={one.object.class_name}
        />
      ) : null}
      {show.keypoints && one.keypoints ? (
        <KeypointsPart
          keypoints={one.keypoints}
          skeleton={image.keypoints?.skeleton ?? NO_SKELETON}
          name={one.side}
          under={one.side === "truth"}
          colorOf={classColor}
          square={one.side === "prediction"}
        />
      ) : null}
    </ObjectShape>
  );
  const { truths, predictions } = useMemo(() => drawnOf(image), [image]);
  return (
    <PictureStage
      url={image.url}
      alt={t(placed ? "image.alt" : "image.altWhole", { path: image.path })}
      size={size}
      dim={hovered !== null}
      overlay={
        placed && show.labels ? <ImageLabels image={image} size={size} show={show} hovered={hovered} /> : null
      }
    >
      {placed && show.truth ? truths.map(shape) : null}
      {placed && show.predictions ? predictions.map(shape) : null}
      {placed && show.predictions
        ? unseen(sought, image).map((box) => (
            <ObjectShape
              key={`${box.x} ${box.y} ${box.w} ${box.h}`}
              color="var(--box-wrong)"
              dash="wrong"
              weight="faint"
              hovered={false}
              onHover={() => undefined}
              data={{ "data-testid": "sought-shape" }}
            >
              <BoxPart box={box} name="sought" under={false} />
            </ObjectShape>
          ))
        : null}
    </PictureStage>
  );
}

/** The predictions that are sought but not among those shown. */
const unseen = (sought: readonly Highlight[], { predictions }: ImageDetail): Highlight[] =>
  sought.filter(
    (one) =>
      one.kind === "prediction" &&
      !predictions.some(({ x, y, w, h }) => x === one.x && y === one.y && w === one.w && h === one.h),
  );
