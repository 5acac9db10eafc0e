/** A part of an image as an address carries it: `x,y,w,h` in whole pixels. */
import type { Box } from "../api/types";

export function parseRegion(text: unknown): Box | null {
  const match = typeof text === "string" ? /^(-?\d{1,6}),(-?\d{1,6}),(\d{1,6}),(\d{1,6})$/.exec(text) : null;
  if (!match) return null;
  const [x = 0, y = 0, w = 0, h = 0] = match.slice(1).map(Number);
  return w > 0 && h > 0 ? { x, y, w, h } : null;
}

export const regionText = ({ x, y, w, h }: Box): string =>
  [Math.round(x), Math.round(y), Math.max(1, Math.round(w)), Math.max(1, Math.round(h))].join(",");

/** The smallest box around all of them. */
export function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  return {
    x: left,
    y: top,
    w: Math.max(...boxes.map((box) => box.x + box.w)) - left,
    h: Math.max(...boxes.map((box) => box.y + box.h)) - top,
  };
}
