import { useStored } from "../../lib/use-stored";

export const PARTS = ["boxes", "masks", "keypoints", "labels"] as const;
export type Part = (typeof PARTS)[number];
export type Shown = Record<Part, boolean>;

/** What is drawn over the picture; this browser remembers it. */
export function useShown(): [Shown, (part: Part) => void] {
  const [boxes, setBoxes] = useStored("dataset.boxes", true);
  const [masks, setMasks] = useStored("dataset.masks", true);
  const [keypoints, setKeypoints] = useStored("dataset.keypoints", true);
  const [labels, setLabels] = useStored("dataset.labels", true);
  const shown = { boxes, masks, keypoints, labels };
  const setters = { boxes: setBoxes, masks: setMasks, keypoints: setKeypoints, labels: setLabels };
  return [shown, (part) => setters[part](!shown[part])];
}
