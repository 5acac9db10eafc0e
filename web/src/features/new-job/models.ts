/** Which models fit a task, and which of them run code that somebody brought. */
import type { Job, Task, Trainer } from "../../api/types";
import { t } from "../../lib/i18n-jobs";

const SUFFIXES = [
  ["-seg", "segmentation"],
  ["-pose", "pose"],
  ["-cls", "classification"],
] as const;

/** The models that a trainer names for a task: where its names say which they are for, those alone. */
export function modelsOf(trainer: Trainer | undefined, task: Task): string[] {
  const models = trainer?.models ?? [];
  if (!models.some((model) => taskOf(model) !== "detection")) return models;
  return models.filter((model) => taskOf(model) === task);
}

function taskOf(model: string): Task {
  const stem = model.replace(/\.\w+$/, "");
  return SUFFIXES.find(([suffix]) => stem.endsWith(suffix))?.[1] ?? "detection";
}

/** Why a job runs code that a person chose, which needs a permission; null where it doesn't. */
export function whyCode(trainer: Trainer, model: string, parent: Job | undefined): string | null {
  if (trainer.runs_code) return t("form.code.trainer", { trainer: trainer.name });
  if (parent?.runs_code) return t("form.code.weights", { job: String(parent.id) });
  if (model !== "" && !isOwn(trainer, model)) return t("form.code.model", { model, trainer: trainer.name });
  return null;
}

function isOwn({ models, own_models: pattern }: Trainer, model: string): boolean {
  if (models.includes(model)) return true;
  try {
    return pattern !== null && pattern !== "" && new RegExp(`^(?:${pattern})$`, "u").test(model);
  } catch {
    return false;
  }
}
