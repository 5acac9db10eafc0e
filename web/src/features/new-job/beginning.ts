import type { Job, Launcher, MyProject, Trainer } from "../../api/types";
import type { NewJobSearch } from "../../lib/new-job-search";
import { type Draft, draftOf, EMPTY, storedDraft } from "./draft";
import type { Original } from "./field-note";
import { modelsOf } from "./models";
import { schemaOf } from "./use-new-job";

interface Given {
  projects: readonly MyProject[];
  trainers: readonly Trainer[];
  launchers: readonly Launcher[];
  search: NewJobSearch;
  /** The project that is looked at. */
  chosen: number | null;
  clone: Job | undefined;
  /** The checkpoint that the cloned job began with. */
  parentCheckpoint: number | null;
}

interface Beginning {
  origin: string;
  initial: Draft;
  original: Original | null;
}

/** What the form begins with: what was filled in before, else the cloned job, else what is usual. */
export function beginningOf({
  projects,
  trainers,
  launchers,
  search,
  chosen,
  clone,
  parentCheckpoint,
}: Given): Beginning {
  const origin = clone ? `clone:${clone.id}` : `new:${search.dataset ?? ""}:${search.from ?? ""}`;
  const before = storedDraft(origin);
  if (clone) {
    const schema = schemaOf(
      trainers.find((one) => one.name === clone.trainer),
      clone.task,
    );
    const draft = draftOf(clone, schema, parentCheckpoint);
    const names = { dataset: clone.dataset?.name ?? "", primary: clone.primary_metric.name };
    return { origin, initial: before ?? draft, original: { id: clone.id, draft, names } };
  }
  const usual =
    trainers.find((one) => one.name === "ultralytics" && one.installed) ?? trainers.find(isUsable);
  const wanted = search.project ?? chosen;
  const project =
    projects.find((one) => one.id === wanted) ?? (projects.length === 1 ? projects[0] : undefined);
  const task =
    usual?.installed && !usual.tasks.includes("detection") ? (usual.tasks[0] as Draft["task"]) : "detection";
  const initial: Draft = {
    ...EMPTY,
    project: project?.id ?? null,
    dataset: search.dataset ?? null,
    trainer: usual?.name ?? "external",
    launcher: launchers.find((one) => one.is_default)?.name ?? "local",
    task,
    model: modelsOf(usual, task)[0] ?? "",
    initJob: search.job ?? null,
    initFrom: search.from ?? null,
  };
  return { origin, initial: before ?? initial, original: null };
}

const isUsable = (trainer: Trainer): boolean => trainer.installed && !trainer.runs_code;
