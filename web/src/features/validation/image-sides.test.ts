import { expect, it } from "vitest";
import type { ImageDetail, Prediction, Truth } from "../../api/types";
import { drawnOf } from "./image-sides";

const box = { class_id: 0, class_name: "cell", x: 0, y: 0, outlines: null, keypoints: null, iou: null };
const truth = (object_id: number, side: number, fields: Partial<Truth> = {}): Truth => ({
  ...box,
  object_id,
  w: side,
  h: side,
  iscrowd: false,
  outcome: "tp",
  prediction_id: null,
  ...fields,
});
const prediction = (prediction_id: number, outcome: Prediction["outcome"]): Prediction => ({
  ...box,
  prediction_id,
  w: 1,
  h: 1,
  score: 0.5,
  outcome,
  object_id: null,
});
const image: Pick<ImageDetail, "truths" | "predictions"> = {
  truths: [truth(1, 2), truth(2, 9, { outcome: "fn" }), truth(3, 1, { outcome: "ignored", iscrowd: true })],
  predictions: [prediction(4, "tp"), prediction(5, "fp")],
};

it("draws what is small last, over what is large", () => {
  expect(drawnOf(image).truths.map((one) => one.key)).toEqual(["t2", "t1", "t3"]);
});

it("tells outcomes apart by more than colour", () => {
  const { truths, predictions } = drawnOf(image);
  expect(truths.map(({ dash, weight }) => [dash, weight])).toEqual([
    [undefined, "strong"],
    [undefined, undefined],
    ["crowd", "faint"],
  ]);
  expect(predictions.map((one) => one.dash)).toEqual(["prediction", "wrong"]);
});
