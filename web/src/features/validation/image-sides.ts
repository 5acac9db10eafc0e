/** How the truth and the predictions of an image are drawn: colour, dashes and weight say what became of them. */
import type { ImageDetail, Prediction, Truth } from "../../api/types";
import type { Dash, Weight } from "../../components/object-shape";
import { asSeen, type Keypoint } from "../../lib/shape-paths";

interface Look {
  color: string;
  dash?: Dash;
  weight?: Weight;
}

export interface OneSide extends Look {
  key: string;
  side: "truth" | "prediction";
  object: Truth | Prediction;
  /** x, y and whether it is seen, of both sides. */
  keypoints: readonly Keypoint[] | null;
}

const IGNORED: Look = { color: "var(--box-ignored)", weight: "faint" };
const TRUTH: Record<Truth["outcome"], Look> = {
  tp: { color: "var(--box-found)" },
  fn: { color: "var(--box-missed)", weight: "strong" },
  ignored: IGNORED,
};
const PREDICTION: Record<Prediction["outcome"], Look> = {
  tp: { color: "var(--box-correct)", dash: "prediction" },
  fp: { color: "var(--box-wrong)", dash: "wrong" },
  ignored: { ...IGNORED, dash: "prediction" },
};

export const truthKey = (truth: Truth): string => `t${truth.object_id}`;
export const predictionKey = (one: Prediction): string => `p${one.prediction_id}`;

/** Largest first, so that what is small can be reached. */
export function drawnOf(image: Pick<ImageDetail, "truths" | "predictions">): {
  truths: OneSide[];
  predictions: OneSide[];
} {
  const truths = image.truths.map(
    (truth): OneSide => ({
      key: truthKey(truth),
      side: "truth",
      object: truth,
      keypoints: truth.keypoints ?? null,
      ...TRUTH[truth.outcome],
      ...(truth.iscrowd ? { dash: "crowd" } : {}),
    }),
  );
  const predictions = image.predictions.map(
    (one): OneSide => ({
      key: predictionKey(one),
      side: "prediction",
      object: one,
      keypoints: one.keypoints ? asSeen(one.keypoints) : null,
      ...PREDICTION[one.outcome],
    }),
  );
  return { truths: truths.sort(byArea), predictions: predictions.sort(byArea) };
}

const byArea = (a: OneSide, b: OneSide): number => b.object.w * b.object.h - a.object.w * a.object.h;

/** The other side of a pair; null where there is none. */
export function partnerOf(
  image: Pick<ImageDetail, "truths" | "predictions">,
  key: string | null,
): string | null {
  if (key === null) return null;
  const truth = image.truths.find((one) => truthKey(one) === key);
  if (truth) return truth.prediction_id === null ? null : `p${truth.prediction_id}`;
  const prediction = image.predictions.find((one) => predictionKey(one) === key);
  return prediction?.object_id == null ? null : `t${prediction.object_id}`;
}
