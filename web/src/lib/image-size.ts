import type { Box } from "../api/types";

export interface Size {
  width: number;
  height: number;
}

/** Room for the boxes of an image whose size nobody told, as that of a trainer's own truth. */
export function sizeOf(image: { width: number | null; height: number | null }, boxes: readonly Box[]): Size {
  const right = boxes.reduce((most, box) => Math.max(most, box.x + box.w), 1);
  const bottom = boxes.reduce((most, box) => Math.max(most, box.y + box.h), 1);
  return { width: image.width ?? right * 1.05, height: image.height ?? bottom * 1.05 };
}
