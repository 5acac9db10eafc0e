/** What somebody has filled in so far: texts, as they stand in the fields. */
import type { Job, JobCreate, Task } from "../../api/types";
import { type PrimaryFields, primariesOf, primaryOf } from "../../lib/primary-metrics";
import {
  fieldsOf,
  NO_RESOURCES,
  type Offer,
  type ResourceFields,
  resourcesOf,
  restartsOf,
} from "../../lib/resources";
import type { JsonSchema } from "./json-schema";
import { freeParam, type Param, paramsOf, textOf } from "./params";

export interface Draft extends ResourceFields, PrimaryFields {
  project: number | null;
  dataset: number | null;
  /** A snapshot's hash; empty is the newest. */
  snapshot: string;
  trainer: string;
  task: Task;
  model: string;
  epochs: string;
  /** By trainer, so that looking at another one loses nothing; only what was written in. */
  params: Record<string, Record<string, string>>;
  /** The job whose checkpoint it begins with, and the checkpoint. */
  initJob: number | null;
  initFrom: number | null;
  source: "" | "computed" | "reported";
  launcher: string;
  restarts: string;
  tags: string[];
  name: string;
}

export const EMPTY: Draft = {
  ...NO_RESOURCES,
  project: null,
  dataset: null,
  snapshot: "",
  trainer: "",
  task: "detection",
  model: "",
  epochs: "50",
  params: {},
  initJob: null,
  initFrom: null,
  primary: "",
  direction: "",
  source: "",
  launcher: "",
  restarts: "0",
  tags: [],
  name: "",
};

/** A draft that asks for what a job was asked for. */
export function draftOf(job: Job, schema: JsonSchema | undefined, initFrom: number | null): Draft {
  const { name, source, direction } = job.primary_metric;
  const usual = source === "computed" && name === primariesOf(job.task)[0];
  return {
    project: job.project_id,
    dataset: job.dataset?.id ?? null,
    snapshot: job.dataset?.snapshot ?? "",
    trainer: job.trainer,
    task: job.task,
    model: job.model,
    epochs: String(job.epochs),
    params: { [job.trainer]: textsOf(job.params, schema) },
    initJob: initFrom === null ? null : (job.parent?.job_id ?? null),
    initFrom,
    primary: usual ? "" : name,
    direction: usual ? "" : direction,
    source: usual ? "" : source,
    ...fieldsOf(job.resources),
    launcher: job.launcher,
    restarts: String(job.restarts),
    tags: [...job.tags],
    name: job.name,
  };
}

function textsOf(
  params: Readonly<Record<string, unknown>>,
  schema: JsonSchema | undefined,
): Record<string, string> {
  const known = new Map(paramsOf(schema).map((param): [string, Param] => [param.name, param]));
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, textOf(known.get(name) ?? freeParam(name), value)]),
  );
}

/** What is known of the launcher that a draft names. */
export interface Where {
  isDefault: boolean;
  offer: Offer;
}

/** The request for a job; `params` are its hyperparameters that differ from the defaults. */
export function bodyOf(draft: Draft, params: Record<string, unknown>, where: Where): JobCreate {
  const resources = resourcesOf(draft, where.offer);
  const restarts = restartsOf(draft.restarts, where.offer);
  return {
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(draft.project === null ? {} : { project: draft.project }),
    ...(draft.dataset === null ? {} : { dataset: draft.dataset }),
    ...(draft.dataset !== null && draft.snapshot ? { snapshot: draft.snapshot } : {}),
    trainer: draft.trainer,
    task: draft.task,
    ...(draft.model.trim() ? { model: draft.model.trim() } : {}),
    epochs: Number(draft.epochs),
    hyperparameters: params,
    ...primaryOf(draft, draft.source),
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
    ...(where.isDefault ? {} : { launcher: draft.launcher }),
    ...(restarts > 0 ? { restarts } : {}),
    ...(draft.initFrom === null ? {} : { init_from: draft.initFrom }),
    tags: draft.tags,
  };
}

/** What stands in the fields of the hyperparameters of the trainer that is chosen. */
export const textsIn = (draft: Draft): Record<string, string> => draft.params[draft.trainer] ?? {};

const STORED = "snellen.new-job";

/** What was filled in before in this tab, for the same beginning: another job's clone is another form. */
export function storedDraft(origin: string): Draft | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    return stored?.origin === origin ? { ...EMPTY, ...stored.draft } : null;
  } catch {
    return null;
  }
}

export function storeDraft(origin: string, draft: Draft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, JSON.stringify({ origin, draft }));
  } catch {
    // Remembering is a convenience.
  }
}
