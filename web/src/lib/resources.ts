/** What a job is to be given while it runs, as texts in fields and as the request has it. */
import type { Launcher, Resources, ResourcesIn, Trainer } from "../api/types";
import { t } from "./i18n-queue";

/** By the names of the API; `memory` is in GiB, an entry of `custom` is `name=amount`. Empty is what is usual. */
export interface ResourceFields {
  gpus: string;
  cpus: string;
  memory: string;
  accelerator_type: string;
  custom: string[];
  nodes: string;
  min_nodes: string;
}

/** What there is to ask for: of a cluster more than GPUs and CPUs, several nodes for a trainer that can use them. */
export interface Offer {
  cluster: boolean;
  nodes: boolean;
}

export type ResourceFaults = Partial<Record<keyof ResourceFields, string>>;

export const NO_RESOURCES: ResourceFields = {
  gpus: "0",
  cpus: "",
  memory: "",
  accelerator_type: "",
  custom: [],
  nodes: "1",
  min_nodes: "",
};

export const GIB = 1024 ** 3;
const MOST = { gpus: 64, cpus: 4096, memory: 2 ** 20, nodes: 1000, amount: 1e6, restarts: 1000 };
const NAME = /^[\w.-]{1,100}$/;
const ENTRY = /^([\w.:/-]{1,100})=(\d+(?:\.\d+)?)$/;

export function fieldsOf(given: Resources): ResourceFields {
  return {
    gpus: String(given.gpus),
    cpus: textOf(given.cpus),
    memory: given.memory ? String(given.memory / GIB) : "",
    accelerator_type: given.accelerator_type ?? "",
    custom: Object.entries(given.custom).map(([name, amount]) => `${name}=${amount}`),
    nodes: String(given.nodes),
    min_nodes: textOf(given.min_nodes),
  };
}

/** Of an unknown trainer the server says what it can't do. */
export function offerOf(
  launchers: readonly Launcher[],
  launcher: string,
  trainer: Trainer | undefined,
): Offer {
  const cluster = launchers.some((one) => one.name === launcher && one.cluster);
  return { cluster, nodes: cluster && trainer?.several_nodes !== false };
}

/** What the fields ask for that isn't usual, of what there is. */
export function resourcesOf(fields: ResourceFields, offer: Offer): ResourcesIn {
  const asked: ResourcesIn = {};
  if (numberIn(fields.gpus) > 0) asked.gpus = numberIn(fields.gpus);
  if (fields.cpus.trim()) asked.cpus = numberIn(fields.cpus);
  if (!offer.cluster) return asked;
  if (fields.memory.trim()) asked.memory = Math.round(numberIn(fields.memory) * GIB);
  if (fields.accelerator_type.trim()) asked.accelerator_type = fields.accelerator_type.trim();
  if (fields.custom.length > 0) asked.custom = amountsOf(fields.custom);
  if (!offer.nodes) return asked;
  if (numberIn(fields.nodes) > 1) asked.nodes = numberIn(fields.nodes);
  if (fields.min_nodes.trim()) asked.min_nodes = numberIn(fields.min_nodes);
  return asked;
}

/** What can't be sent, by field. */
export function resourceFaults(fields: ResourceFields, offer: Offer): ResourceFaults {
  const faults: ResourceFaults = {};
  const check = (name: "gpus" | "cpus" | "nodes" | "min_nodes", least: number, most: number) => {
    if (fields[name].trim() && !isCount(fields[name], least, most)) faults[name] = rangeFault(least, most);
  };
  check("gpus", 0, MOST.gpus);
  check("cpus", 1, MOST.cpus);
  if (!offer.cluster) return faults;
  if (offer.nodes) {
    check("nodes", 1, MOST.nodes);
    check("min_nodes", 1, faults.nodes ? MOST.nodes : Math.max(1, numberIn(fields.nodes)));
  }
  const memory = numberIn(fields.memory);
  if (fields.memory.trim() && !(memory * GIB >= 1 && memory <= MOST.memory)) {
    faults.memory = rangeFault(0, MOST.memory);
  }
  if (fields.accelerator_type.trim() && !NAME.test(fields.accelerator_type.trim())) {
    faults.accelerator_type = t("resources.fault.name");
  }
  const custom = customFault(fields.custom);
  if (custom !== null) faults.custom = custom;
  return faults;
}

/** How often a lost job goes on by itself, which only a cluster offers. */
export const restartsOf = (text: string, offer: Offer): number => (offer.cluster ? numberIn(text) : 0);

export const restartsFault = (text: string, offer: Offer): string | null =>
  offer.cluster && !isCount(text || "0", 0, MOST.restarts) ? rangeFault(0, MOST.restarts) : null;

/** Whether two requests ask for the same. */
export const sameResources = (one: ResourcesIn, other: ResourcesIn): boolean => sorted(one) === sorted(other);

/** What a job was given, in a few words; null where that is nothing in particular. */
export function resourcesText(given: Resources): string | null {
  const words: string[] = [];
  if (given.gpus > 0) words.push(t("resources.ofGpus", { count: given.gpus }));
  if (given.cpus) words.push(t("resources.ofCpus", { count: given.cpus }));
  if (given.memory) {
    words.push(t("resources.ofMemory", { size: Math.round((given.memory / GIB) * 100) / 100 }));
  }
  if (given.accelerator_type) words.push(given.accelerator_type);
  for (const [name, amount] of Object.entries(given.custom)) words.push(`${name} ${amount}`);
  if (given.min_nodes && given.min_nodes < given.nodes) {
    words.push(t("resources.onSome", { least: given.min_nodes, nodes: given.nodes }));
  } else if (given.nodes > 1) words.push(t("resources.onNodes", { count: given.nodes }));
  return words.join(", ") || null;
}

export const isCount = (text: string, least: number, most: number): boolean =>
  /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;

function customFault(entries: readonly string[]): string | null {
  const names = new Set<string>();
  for (const entry of entries) {
    const [, name = "", amount = ""] = ENTRY.exec(entry.trim()) ?? [];
    if (!(Number(amount) > 0 && Number(amount) <= MOST.amount)) return t("resources.fault.custom", { entry });
    if (names.has(name)) return t("resources.fault.twice", { name });
    names.add(name);
  }
  return null;
}

const amountsOf = (entries: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    entries.map((entry) => {
      const at = entry.lastIndexOf("=");
      return [entry.slice(0, at).trim(), Number(entry.slice(at + 1))];
    }),
  );

const sorted = (asked: ResourcesIn): string =>
  JSON.stringify(
    Object.entries({ ...asked, custom: Object.entries(asked.custom ?? {}).sort() }).sort(([one], [other]) =>
      one < other ? -1 : 1,
    ),
  );

export const rangeFault = (least: number, most: number): string =>
  t("resources.fault.range", { range: `${least} … ${most}` });
const numberIn = (text: string): number => (text.trim() ? Number(text) : 0);
const textOf = (value: number | null | undefined): string => (value ? String(value) : "");
