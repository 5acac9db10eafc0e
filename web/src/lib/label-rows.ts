import type { Box } from "../api/types";

/** Corners closer than this, in image widths, would have their labels cover each other. */
const NEAR_X = 0.09;
const NEAR_Y = 0.025;

/** For each box, how many labels are already at its corner: the row in which its own label stands. */
export function labelRows(boxes: readonly Box[], below: boolean, width: number): number[] {
  const placed: { x: number; y: number; row: number }[] = [];
  return boxes.map((box) => {
    const x = box.x / width;
    const y = (below ? box.y + box.h : box.y) / width;
    const near = placed.filter((other) => Math.abs(other.x - x) < NEAR_X && Math.abs(other.y - y) < NEAR_Y);
    const row = near.length;
    placed.push({ x, y, row });
    return row;
  });
}
