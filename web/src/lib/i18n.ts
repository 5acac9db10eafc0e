/**
 * Every text of the app goes through a `t`. What every page needs is in `messages-en`; a part of the app with many
 * texts brings its own table with its chunk. The English tables say which keys there are; another language is a
 * table of the same keys beside each (`messages-ko`), and all of them come as one chunk where they are wanted.
 */
import { language } from "./language";
import { en } from "./messages-en";

export type MessageKey = keyof typeof en;
type Values = Record<string, string | number>;

const plurals = new Intl.PluralRules(language);
/** Made once: `toLocaleString` makes one for every number, which a table of thousands is slow with. */
const numbers = new Intl.NumberFormat(language);
/** Every module that imports this one waits for it, so `t` may be called while modules load. */
const translated: Readonly<Record<string, string>> = language === "en" ? {} : await translations();

/**
 * A function that gives the text for a key of `table` in the reader's language, with `{name}` replaced by the values.
 * A text of the form `one image|{count} images` has its forms chosen by `values.count`.
 */
export function translator<Key extends string>(table: Record<Key, string>) {
  return (key: Key, values: Values = {}): string =>
    formOf(translated[key] ?? table[key], values.count).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? numbers.format(value) : value;
    });
}

export const t = translator<MessageKey>(en);

function formOf(text: string, count: string | number | undefined): string {
  const [one, other] = text.split("|");
  if (one === undefined || other === undefined) return text;
  return typeof count === "number" && plurals.select(count) === "one" ? one : other;
}

/** English is better than no page when the chunk can't be had. */
async function translations(): Promise<Readonly<Record<string, string>>> {
  try {
    return (await import("./korean")).korean;
  } catch {
    return {};
  }
}
