import { ApiError } from "../../api/client";

const RESOURCES = ["gpus", "cpus", "memory", "accelerator_type", "custom", "nodes", "min_nodes"] as const;
const FIELDS = [
  ...RESOURCES, "name", "tags", "project", "dataset", "snapshot", "trainer", "model", "task", "epochs", "primary_metric", "resources",
  "launcher", "init_from", "restarts",
] as const; // biome-ignore format: a list of words
export type Field = (typeof FIELDS)[number];

export interface ServerFaults {
  fields: Partial<Record<Field, string>>;
  params: Record<string, string>;
}

/** What the server refused, by the field that it named. */
export function faultsOf(error: unknown): ServerFaults {
  const faults: ServerFaults = { fields: {}, params: {} };
  if (!(error instanceof ApiError) || error.status !== 422) return faults;
  for (const text of error.problems.length > 0 ? error.problems : [error.detail]) {
    const unknown = /^unknown hyperparameter '([^']+)'/.exec(text)?.[1];
    if (unknown) faults.params[unknown] = text;
    const [, name = "", said = ""] = /^([A-Za-z_][\w-]*)[\w.[\]-]*: (.+)$/s.exec(text) ?? [];
    const resource = /^resources\.(\w+)/.exec(text)?.[1];
    const field = RESOURCES.find((one) => one === resource) ?? FIELDS.find((one) => one === name);
    if (error.code === "hyperparameter_invalid" && name !== "") faults.params[name] = said;
    else if (field) faults.fields[field] = said;
  }
  return faults;
}
