/** SVG path data of what is annotated or predicted, in the image's own pixels. */

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

/** A line of no length: with round or square ends it is a dot that keeps its size when zoomed. */
export const dotPath = (point: Keypoint): string => (placed(point) ? `M${point[0]} ${point[1]}h0` : "");

export function dotsPath(keypoints: readonly Keypoint[], visibility: 1 | 2): string {
  return keypoints
    .filter((point) => point[2] === visibility)
    .map(dotPath)
    .join("");
}

/** Below this score a predicted keypoint is drawn as a hidden one. */
export const SURE = 0.5;

/** Predicted keypoints have a score where those of the truth say whether they are seen. */
export const asSeen = (keypoints: readonly (readonly number[])[]): Keypoint[] =>
  keypoints.map(([x = 0, y = 0, score = 0]) => [x, y, score >= SURE ? 2 : 1]);
