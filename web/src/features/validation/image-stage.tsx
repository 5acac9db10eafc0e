import { type ReactNode, useMemo, useState } from "react";
import type { Box, Highlight, ImageDetail, Task } from "../../api/types";
import { BoxPart, KeypointsPart, MaskPart, ObjectShape } from "../../components/object-shape";
import { PictureStage } from "../../components/picture-stage";
import { classColor } from "../../lib/class-color";
import { t } from "../../lib/i18n-images";
import { sizeOf } from "../../lib/image-size";
import { WHOLE, type Zoom } from "../../lib/zoom";
import { ImageLabels } from "./image-labels";
import { drawnOf, type OneSide, partnerOf } from "./image-sides";
import classes from "./image-view.module.css";
import type { Shown } from "./use-shown";
import { hasPlace, overlapName } from "./view-state";

const NO_SKELETON: number[][] = [];

interface Props {
  image: ImageDetail;
  task: Task;
  /**
   * The pairs that the list was narrowed down to: they have a halo. Predictions among them may have a score too low to
   * be shown otherwise.
   */
  sought: readonly Highlight[];
  show: Shown;
  /** Truth and predictions beside each other, moving together. */
  beside: boolean;
  /** What to zoom to. */
  look: { box: Box } | null;
  hovered: string | null;
  onHover: (key: string | null) => void;
}

/** Shapes in the image's own pixels; lines and labels keep their size on the screen. */
export function ImageStage({ image, task, sought, show, beside, look, hovered, onHover }: Props) {
  // Nothing is drawn over a picture that is classified as a whole.
  const placed = hasPlace(task);
  const size = sizeOf(image, placed ? [...image.truths, ...image.predictions] : []);
  const zoom = useState<Zoom>(WHOLE);
  const partner = partnerOf(image, hovered);
  const { truths, predictions } = useMemo(() => drawnOf(image), [image]);
  const shape = (one: OneSide): ReactNode => (
    <ObjectShape
      key={one.key}
      color={one.color}
      dash={one.dash}
      weight={one.weight}
      hovered={hovered === one.key}
      partner={partner === one.key}
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
  const stage = (seen: Shown, first: boolean, name?: string) => (
    <div className={classes.stage} key={first ? "first" : "second"}>
      {name ? <span className={classes.stageName}>{name}</span> : null}
      <PictureStage
        url={image.url}
        alt={t(placed ? "image.alt" : "image.altWhole", { path: image.path })}
        size={size}
        look={look}
        {...(beside ? { shared: { zoom, first } } : {})}
        dim={hovered !== null}
        overlay={
          placed ? (
            <ImageLabels
              image={image}
              size={size}
              show={seen}
              hovered={hovered}
              partner={partner}
              overlap={overlapName(task)}
            />
          ) : null
        }
      >
        {placed ? sought.filter(({ kind }) => seen[SIDES[kind]]).map(halo) : null}
        {placed && seen.truth ? truths.map(shape) : null}
        {placed && seen.predictions ? predictions.map(shape) : null}
        {placed && seen.predictions ? unseen(sought, image).map(soughtShape) : null}
        {look ? (
          <rect
            x={look.box.x}
            y={look.box.y}
            width={look.box.w}
            height={look.box.h}
            className={classes.look}
            data-testid="look-frame"
          />
        ) : null}
      </PictureStage>
    </div>
  );
  return (
    <div className={classes.stages} data-side={beside || undefined}>
      {beside ? (
        <>
          {stage({ ...show, predictions: false }, true, t("view.truthSide"))}
          {stage({ ...show, truth: false }, false, t("view.predictionSide"))}
        </>
      ) : (
        stage(show, true)
      )}
    </div>
  );
}

const SIDES = { truth: "truth", prediction: "predictions" } as const;

const halo = ({ kind, x, y, w, h }: Highlight): ReactNode => (
  <rect
    key={`${kind} ${x} ${y} ${w} ${h}`}
    x={x}
    y={y}
    width={w}
    height={h}
    className={classes.halo}
    data-testid="halo"
  />
);

const soughtShape = (box: Highlight): ReactNode => (
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
);

/** The predictions that are sought but not among those shown. */
const unseen = (sought: readonly Highlight[], { predictions }: ImageDetail): Highlight[] =>
  sought.filter(
    (one) =>
      one.kind === "prediction" &&
      !predictions.some(({ x, y, w, h }) => x === one.x && y === one.y && w === one.w && h === one.h),
  );
