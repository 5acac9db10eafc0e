/** What the form holds, and the body of the request that comes of it. */
import type { ImportCreate } from "../../api/types";

export const FORMATS = ["yolo", "coco", "voc", "imagefolder"] as const;
export const TASKS = ["detection", "segmentation", "pose", "classification"] as const;
const MOST_SEED = 2 ** 31 - 1;

export interface Options {
  /** Number of the project; null: not chosen yet. */
  project: number | null;
  name: string;
  /** Empty: recognised. */
  format: (typeof FORMATS)[number] | "";
  task: (typeof TASKS)[number] | "";
  /** Whether to divide into splits by the percentages below. */
  divide: boolean;
  train: string;
  val: string;
  test: string;
  seed: string;
  decode: boolean;
}

export const INITIAL: Options = {
  project: null,
  name: "",
  format: "",
  task: "",
  divide: false,
  train: "80",
  val: "20",
  test: "0",
  seed: "0",
  decode: false,
};

export type OptionsFault = "project" | "name" | "percent" | "seed";

/** What is wrong with the form; null if nothing is. */
export function faultOf(options: Options): OptionsFault | null {
  if (options.project === null) return "project";
  if (options.name.trim() === "") return "name";
  if (!options.divide) return null;
  const [train, val, test] = percents(options);
  const inside = (percent: number, least: number) => percent >= least && percent < 100;
  if (!inside(train, 1) || !inside(val, 1) || !inside(test, 0) || train + val + test !== 100)
    return "percent";
  const seed = whole(options.seed);
  return seed >= 0 && seed <= MOST_SEED ? null : "seed";
}

export function bodyOf(source: string, options: Options): ImportCreate {
  const [train, val, test] = percents(options);
  return {
    name: options.name.trim(),
    source,
    ...(options.project === null ? {} : { project: options.project }),
    format: options.format || null,
    task: options.task || null,
    split: options.divide ? { train: train / 100, val: val / 100, test: test / 100 } : null,
    seed: options.divide ? whole(options.seed) : 0,
    decode: options.decode,
  };
}

const percents = ({ train, val, test }: Options) => [whole(train), whole(val), whole(test)] as const;

/** NaN for what isn't a whole number. */
function whole(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}
