/** SVG path data of what is annotated, in the image's own pixels. */

/** Closed rings; with the even-odd rule a ring inside another is a hole. */
export function outlinePath(outlines: readonly (readonly number[])[]): string {
  return outlines
    .map((ring) => {
      const points: string[] = [];
      for (let at = 0; at + 1 < ring.length; at += 2) points.push(`${ring[at]} ${ring[at + 1]}`);
      return points.length > 0 ? `M${points.join("L")}Z` : "";
    })
    .join("");
}

/** x and y in px, and whether it is labelled at all (1: hidden behind something, 2: seen). */
export type Keypoint = readonly number[];

const placed = (point: Keypoint | undefined): point is Keypoint => point !== undefined && (point[2] ?? 0) > 0;

/** The lines of the skeleton between keypoints that are both placed. */
export function skeletonPath(
  keypoints: readonly Keypoint[],
  skeleton: readonly (readonly number[])[],
): string {
  return skeleton
    .map(([from = -1, to = -1]) => {
      const a = keypoints[from];
      const b = keypoints[to];
      return placed(a) && placed(b) ? `M${a[0]} ${a[1]}L${b[0]} ${b[1]}` : "";
    })
    .join("");
}

/** Points as lines of no length: with round ends they are dots that keep their size when zoomed. */
export function dotsPath(keypoints: readonly Keypoint[], visibility: 1 | 2): string {
  return keypoints
    .filter((point) => point[2] === visibility)
    .map(([x, y]) => `M${x} ${y}h0`)
    .join("");
}
