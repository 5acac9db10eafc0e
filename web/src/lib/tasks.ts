import type { Task } from "../api/types";

const TASKS = ["detection", "segmentation", "pose", "classification"] as const satisfies readonly Task[];

/** The tasks that a dataset can train: masks and keypoints have boxes too. */
export function tasksFor(ofDataset: string | undefined): readonly Task[] {
  if (ofDataset === undefined) return TASKS;
  return TASKS.filter(
    (task) =>
      task === ofDataset || (task === "detection" && (ofDataset === "segmentation" || ofDataset === "pose")),
  );
}
