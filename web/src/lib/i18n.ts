/**
 * Every text of the app goes through a `t`. English now; another language is another table of the same keys.
 * What every page needs is in `messages-en`; a part of the app with many texts brings its own table with its chunk.
 */
import { en } from "./messages-en";

export type Messages = Record<keyof typeof en, string>;
export type MessageKey = keyof typeof en;
type Values = Record<string, string | number>;

const LANGUAGE = "en";
const plurals = new Intl.PluralRules(LANGUAGE);

/**
 * A function that gives the text for a key of `table`, with `{name}` replaced by the values. A text of the form
 * `one image|{count} images` has its forms chosen by `values.count`.
 */
export function translator<Key extends string>(table: Record<Key, string>) {
  return (key: Key, values: Values = {}): string =>
    formOf(table[key], values.count).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? value.toLocaleString(LANGUAGE) : value;
    });
}

export const t = translator<MessageKey>(en);

function formOf(text: string, count: string | number | undefined): string {
  const [one, other] = text.split("|");
  if (one === undefined || other === undefined) return text;
  return typeof count === "number" && plurals.select(count) === "one" ? one : other;
}
