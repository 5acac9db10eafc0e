import { expect, it } from "vitest";
import { fitInto, MOST_ZOOM, panBy, WHOLE, zoomAt, zoomTo } from "./zoom";

const stage = { width: 400, height: 300 };
const fitted = { width: 400, height: 200 };

it("fits the whole picture", () => {
  expect(fitInto({ width: 2000, height: 1000 }, stage)).toEqual(fitted);
  expect(fitInto({ width: 10, height: 30 }, stage)).toEqual({ width: 100, height: 300 });
});

it("keeps what is under the pointer where it is", () => {
  const at = { x: 100, y: 50 };
  const zoom = zoomAt(WHOLE, 4, at, fitted, stage);
  expect(zoom.scale).toBe(4);
  // The point of the picture at `at` was 100 px right of its centre; at four times the size it is 400.
  expect(zoom.x + 400).toBe(at.x);
  expect(zoom.y + 200).toBe(at.y);
});

it("goes back to the middle when the whole picture fits again", () => {
  const near = zoomAt(WHOLE, 8, { x: 190, y: 90 }, fitted, stage);
  expect(zoomAt(near, 1 / 8, { x: 0, y: 0 }, fitted, stage)).toEqual(WHOLE);
});

it("stays within its bounds", () => {
  expect(zoomAt(WHOLE, 1000, { x: 0, y: 0 }, fitted, stage).scale).toBe(MOST_ZOOM);
  expect(zoomAt(WHOLE, 0.1, { x: 9, y: 9 }, fitted, stage)).toEqual(WHOLE);
  const twice = zoomAt(WHOLE, 2, { x: 0, y: 0 }, fitted, stage);
  expect(panBy(twice, 1000, -1000, fitted, stage)).toEqual({ scale: 2, x: 200, y: -50 });
  expect(panBy(WHOLE, 10, 10, fitted, stage)).toEqual(WHOLE);
});

it("looks at a part, in the middle and large enough, and never beyond the edges", () => {
  const size = { width: 1000, height: 500 };
  const stage = { width: 600, height: 400 };
  const fitted = fitInto(size, stage);
  const look = zoomTo({ x: 600, y: 200, w: 100, h: 50 }, size, fitted, stage);
  expect(look.scale).toBeCloseTo((0.45 * 600) / (100 * 0.6));
  // Its centre is at 650, 225, which is then in the middle of the stage.
  expect(look.x).toBeCloseTo(-150 * 0.6 * look.scale);
  expect(look.y).toBeCloseTo(25 * 0.6 * look.scale);
  expect(zoomTo({ x: 0, y: 0, w: 1000, h: 500 }, size, fitted, stage)).toEqual(WHOLE);
  // One pixel isn't blown up to fill the screen; a corner stays at the stage's edge.
  const corner = zoomTo({ x: 0, y: 0, w: 1, h: 1 }, size, fitted, stage);
  expect(corner.scale).toBeCloseTo(8 / 0.6);
  expect(corner.x).toBeCloseTo((fitted.width * corner.scale - stage.width) / 2);
});
