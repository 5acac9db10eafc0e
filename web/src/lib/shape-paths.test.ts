import { expect, it } from "vitest";
import { asSeen, dotPath, dotsPath, outlinePath, skeletonPath } from "./shape-paths";

const points = [
  [1, 2, 2],
  [3, 4, 1],
  [0, 0, 0],
];

it("closes every ring", () => {
  expect(outlinePath([[0, 0, 4, 0, 4, 4], [1, 1, 2, 1, 2, 2], []])).toBe("M0 0L4 0L4 4ZM1 1L2 1L2 2Z");
});

it("draws the skeleton only between keypoints that are placed", () => {
  expect(
    skeletonPath(points, [
      [0, 1],
      [1, 2],
      [0, 9],
    ]),
  ).toBe("M1 2L3 4");
});

it("tells seen keypoints from hidden ones", () => {
  expect(dotsPath(points, 2)).toBe("M1 2h0");
  expect(dotsPath(points, 1)).toBe("M3 4h0");
});

it("has no dot for a keypoint that is not labelled", () => {
  expect(points.map(dotPath)).toEqual(["M1 2h0", "M3 4h0", ""]);
});

it("takes predicted keypoints of low scores for hidden ones", () => {
  expect(
    asSeen([
      [1, 2, 0.5],
      [3, 4, 0.49],
    ]),
  ).toEqual([
    [1, 2, 2],
    [3, 4, 1],
  ]);
});
