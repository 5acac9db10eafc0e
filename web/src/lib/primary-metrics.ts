/** The metric by which epochs, and the trials of a sweep, are judged. */
import type { JobCreate, Task } from "../api/types";
import type { Option } from "./resource-words";

/** As it is typed; all empty is the task's own. */
export interface PrimaryFields {
  primary: string;
  direction: "" | "max" | "min";
}

type Primary = JobCreate["primary_metric"];

/** The metrics that Snellen computes, the task's own first. */
export const primariesOf = (task: Task): string[] =>
  task === "classification" ? ["top1"] : ["mAP50-95", "mAP50", "mAP75", "AR100", "precision", "recall", "f1"];

/** The request's primary metric; nothing where it is the task's own. */
export function primaryOf(
  { primary, direction }: PrimaryFields,
  source: "" | "computed" | "reported" = "",
): Pick<JobCreate, "primary_metric"> {
  const name = primary.trim();
  if (name === "") return {};
  if (!direction && !source) return { primary_metric: name };
  return { primary_metric: { name, ...(direction ? { direction } : {}), ...(source ? { source } : {}) } };
}

/** As options of `snellen train` and `snellen sweep`; null where they have no word for it. */
export function primaryOptions(primary: Primary): Option[] | null {
  if (primary === null || primary === undefined) return [];
  if (typeof primary === "string") return [["--primary-metric", primary]];
  if (primary.source) return null;
  return [
    ["--primary-metric", primary.name],
    ["--direction", primary.direction],
  ];
}
