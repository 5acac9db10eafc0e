import type { Box } from "../../api/types";
import { ThumbnailFrame } from "../../components/thumbnail-frame";
import classes from "./images.module.css";

interface Props {
  url: string | null;
  /** The part of the image that is at `url`, in the image's pixels. */
  crop: Box;
  truth: Box | null;
  prediction: Box | null;
  wrong: boolean;
}

/** A part of an image with the boxes that it is about. */
export function CroppedPicture({ url, crop, truth, prediction, wrong }: Props) {
  return (
    <ThumbnailFrame url={url}>
      <svg
        viewBox={`${crop.x} ${crop.y} ${crop.w} ${crop.h}`}
        preserveAspectRatio="xMidYMid meet"
        aria-hidden="true"
      >
        {truth ? <Outline box={truth} kind="truth" wrong={wrong} /> : null}
        {prediction ? <Outline box={prediction} kind="prediction" wrong={wrong} /> : null}
      </svg>
    </ThumbnailFrame>
  );
}

export function Outline({ box, kind, wrong }: { box: Box; kind: "truth" | "prediction"; wrong: boolean }) {
  return (
    <rect
      x={box.x}
      y={box.y}
      width={box.w}
      height={box.h}
      className={classes.box}
      data-kind={kind}
      data-mistake={wrong || undefined}
    />
  );
}
