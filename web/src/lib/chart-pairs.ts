/** Which keys measure the same quantity on different data: training, validation, test; from the keys alone. */

export type Split = "train" | "val" | "test";

const WORDS: Record<string, Split> = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validation: "val",
  eval: "val",
  evaluation: "val",
  dev: "val",
  test: "test",
};
const ANY = Object.keys(WORDS).join("|");
const PREFIX = new RegExp(`^(${ANY})([_\\-. ])(.+)$`, "i");
const SUFFIX = new RegExp(`^(.+)([_\\-. ])(${ANY})$`, "i");
/** trainLoss, valLoss. */
const CAMEL = new RegExp(`^(${ANY})([A-Z].*)$`);

export interface KeyParts {
  key: string;
  /** What is measured: the key without the word that names the data. */
  base: string;
  split: Split | null;
  /** That word, as it is written. */
  word: string;
  /** Where and how the word stands: keys of one framework agree in it. */
  style: string;
}

/** Keys that belong into one chart, in the order in which the first of each appears. */
export interface Quantity {
  id: string;
  base: string;
  parts: KeyParts[];
}

export function quantitiesOf(keys: readonly string[]): Quantity[] {
  const found = new Map<string, Quantity>();
  for (const parts of withoutTwins(keys.map(partsOf))) {
    const id = `${parts.style}:${parts.base.toLowerCase()}`;
    const quantity = found.get(id);
    if (quantity) quantity.parts.push(parts);
    else found.set(id, { id, base: parts.base, parts: [parts] });
  }
  const quantities = [...found.values()];
  for (const one of quantities) joinTraining(one, found);
  return [...found.values()];
}

/** Keras says `loss` and `val_loss`; others mix `train_loss` with `val/loss`. */
function joinTraining(validation: Quantity, found: Map<string, Quantity>): void {
  if (!validation.parts.some((one) => one.split === "val" || one.split === "test")) return;
  const base = validation.base.toLowerCase();
  const bare = found.get(`:${base}`);
  if (bare) join(validation, bare, found);
  if (validation.parts.some((one) => one.split !== "val" && one.split !== "test")) return;
  const training = [...found.values()].filter(
    (other) => other.base.toLowerCase() === base && other.parts.every((one) => one.split === "train"),
  );
  const [only] = training;
  if (only && training.length === 1) join(validation, only, found);
}

function join(validation: Quantity, training: Quantity, found: Map<string, Quantity>): void {
  validation.parts = [...training.parts, ...validation.parts];
  found.delete(training.id);
}

/** `loss_step` and `loss_epoch` are one quantity where both are there, as Lightning logs them. */
function withoutTwins(all: readonly KeyParts[]): KeyParts[] {
  const nameOf = (one: KeyParts, base: string) => `${one.style}:${one.split}:${base}`;
  const names = new Set(all.map((one) => nameOf(one, one.base)));
  return all.map((one) => {
    const match = /^(.+)_(step|epoch)$/.exec(one.base);
    if (!match) return one;
    const [, stem = "", ending] = match;
    const twin = `${stem}_${ending === "step" ? "epoch" : "step"}`;
    if (!names.has(nameOf(one, twin))) return one;
    return { ...one, base: stem, word: one.word ? `${one.word} ${ending}` : one.key };
  });
}

export function partsOf(key: string): KeyParts {
  // The learning rates of all parameter groups are one quantity.
  if (key.startsWith("lr/")) return { key, base: "lr", split: null, word: key.slice(3), style: "lr" };
  const pieces = key.split("/");
  if (pieces.length > 1) {
    const at = pieces.findIndex((piece) => piece.toLowerCase() in WORDS);
    const word = pieces[at];
    if (word !== undefined) {
      const base = pieces.filter((_, index) => index !== at).join("/");
      return { key, base, split: splitOf(word), word, style: `${at}/` };
    }
  }
  for (const [at, piece] of pieces.entries()) {
    const inside = insideOf(piece);
    if (!inside) continue;
    const base = pieces.map((other, index) => (index === at ? inside.rest : other)).join("/");
    return { key, base, split: splitOf(inside.word), word: inside.word, style: `${at}${inside.style}` };
  }
  return { key, base: key, split: null, word: key, style: "" };
}

function insideOf(piece: string): { word: string; rest: string; style: string } | null {
  const prefix = PREFIX.exec(piece);
  if (prefix) return { word: prefix[1] ?? "", rest: prefix[3] ?? "", style: `^${prefix[2]}` };
  const suffix = SUFFIX.exec(piece);
  if (suffix) return { word: suffix[3] ?? "", rest: suffix[1] ?? "", style: `$${suffix[2]}` };
  const camel = CAMEL.exec(piece);
  const rest = camel?.[2] ?? "";
  return camel
    ? { word: camel[1] ?? "", rest: rest.charAt(0).toLowerCase() + rest.slice(1), style: "^" }
    : null;
}

const splitOf = (word: string): Split | null => WORDS[word.toLowerCase()] ?? null;
