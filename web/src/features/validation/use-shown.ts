import { useState } from "react";
import type { Task } from "../../api/types";
import { useStored } from "../../lib/use-stored";

export type Part = "truth" | "predictions" | "boxes" | "masks" | "keypoints" | "labels";
export type Shown = Record<Part, boolean>;

const PARTS: Record<Task, readonly Part[]> = {
  detection: ["truth", "predictions", "labels"],
  segmentation: ["truth", "predictions", "boxes", "masks", "labels"],
  pose: ["truth", "predictions", "boxes", "keypoints", "labels"],
  classification: [],
};
/** What can be switched on and off. */
export const partsOf = (task: Task): readonly Part[] => PARTS[task];

const PHONE_PX = 640;
/** On a small screen the names of many masks would hide them. */
const isCrowded = (task: Task): boolean => task === "segmentation" && window.innerWidth <= PHONE_PX;

/** What is drawn over the picture; this browser remembers how, but always begins with both sides. */
export function useShown(task: Task): [Shown, (part: Part) => void] {
  const [truth, setTruth] = useState(true);
  const [predictions, setPredictions] = useState(true);
  // Beside its mask a box says nothing new; beside keypoints it says what the object is.
  const [boxes, setBoxes] = useStored(`validation.boxes.${task}`, task !== "segmentation");
  const [masks, setMasks] = useStored("validation.masks", true);
  const [keypoints, setKeypoints] = useStored("validation.keypoints", true);
  const [labels, setLabels] = useStored(`validation.labels.${task}`, !isCrowded(task));
  const parts = partsOf(task);
  const setters = {
    truth: setTruth,
    predictions: setPredictions,
    boxes: setBoxes,
    masks: setMasks,
    keypoints: setKeypoints,
    labels: setLabels,
  };
  const shown = { truth, predictions, boxes: boxes || !parts.includes("boxes"), masks, keypoints, labels };
  return [shown, (part) => parts.includes(part) && setters[part](!shown[part])];
}
