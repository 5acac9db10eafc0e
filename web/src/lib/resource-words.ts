/** What a job is given, as the options of `snellen train` and `snellen sweep`. */
import type { JobCreate } from "../api/types";
import { GIB } from "./resources";
import { quoted } from "./shell-words";

type Given = Pick<JobCreate, "launcher" | "resources" | "restarts">;
export type Option = [name: string, word: string | null | undefined];

export function placeOptions({ launcher, resources = {}, restarts }: Given): Option[] {
  return [
    ["--launcher", launcher],
    ["--gpus", countOf(resources.gpus)],
    ["--cpus", countOf(resources.cpus)],
    ["--memory", sizeOf(resources.memory)],
    ["--accelerator-type", resources.accelerator_type],
    ...Object.entries(resources.custom ?? {}).map(
      ([name, amount]): Option => ["--resource", `${name}=${amount}`],
    ),
    ["--nodes", countOf(resources.nodes)],
    ["--min-nodes", countOf(resources.min_nodes)],
    ["--restarts", countOf(restarts)],
  ];
}

/** Those that have a word, as they are typed. */
export const written = (options: readonly Option[]): string[] =>
  options.flatMap(([name, word]) => (word ? [`${name} ${quoted(word)}`] : []));

const countOf = (count: number | null | undefined): string | null => (count ? String(count) : null);
const sizeOf = (bytes: number | null | undefined): string | null =>
  bytes ? (bytes % GIB === 0 ? `${bytes / GIB}GiB` : String(bytes)) : null;
