/** How a picture lies in its stage: pure geometry, in CSS px from the stage's centre. */
import type { Box } from "../api/types";
import type { Size } from "./image-size";

export interface Zoom {
  /** 1: the whole picture fits. */
  scale: number;
  /** Where the picture's centre is, from the stage's centre. */
  x: number;
  y: number;
}

export interface Point {
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const MOST_ZOOM = 40;

/** The size at which a picture of `size` just fits `stage`; small pictures grow. */
export function fitInto(size: Size, stage: Size): Size {
  const ratio = Math.min(stage.width / size.width, stage.height / size.height);
  return { width: size.width * ratio, height: size.height * ratio };
}

/** Zoom by `factor` with what is under `at` staying there. `fitted` is the picture's size at scale 1. */
export function zoomAt(zoom: Zoom, factor: number, at: Point, fitted: Size, stage: Size): Zoom {
  const scale = Math.min(MOST_ZOOM, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return bound(
    { scale, x: at.x - (at.x - zoom.x) * ratio, y: at.y - (at.y - zoom.y) * ratio },
    fitted,
    stage,
  );
}

export function panBy(zoom: Zoom, dx: number, dy: number, fitted: Size, stage: Size): Zoom {
  return bound({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, fitted, stage);
}

/** What is looked at fills so much of the stage, but its pixels get no larger than so many CSS px. */
const LOOK_SHARE = 0.45;
const LOOK_PX = 8;

/** Zoom so that `box`, in the picture's pixels, is in the middle and large enough to be seen. */
export function zoomTo(box: Box, size: Size, fitted: Size, stage: Size): Zoom {
  const ratio = fitted.width / size.width;
  const wished = Math.min(
    (LOOK_SHARE * stage.width) / Math.max(1, box.w * ratio),
    (LOOK_SHARE * stage.height) / Math.max(1, box.h * ratio),
    Math.max(1, LOOK_PX / ratio),
  );
  const scale = Math.min(MOST_ZOOM, Math.max(1, wished));
  const x = (size.width / 2 - (box.x + box.w / 2)) * ratio * scale;
  const y = (size.height / 2 - (box.y + box.h / 2)) * ratio * scale;
  return bound({ scale, x, y }, fitted, stage);
}

/** No farther than where the picture's edge meets the stage's; what fits stays in the middle. */
function bound(zoom: Zoom, fitted: Size, stage: Size): Zoom {
  const room = (picture: number, all: number) => Math.max(0, (picture * zoom.scale - all) / 2);
  const x = room(fitted.width, stage.width);
  const y = room(fitted.height, stage.height);
  return { scale: zoom.scale, x: clamp(zoom.x, x), y: clamp(zoom.y, y) };
}

const clamp = (value: number, most: number): number =>
  most === 0 ? 0 : Math.min(most, Math.max(-most, value));
