/** Every text of the app goes through `t`. English now; another language is another table of the same keys. */
import { en } from "./messages-en";

export type Messages = Record<keyof typeof en, string>;
export type MessageKey = keyof typeof en;
type Values = Record<string, string | number>;

const LANGUAGE = "en";
const messages: Messages = en;
const plurals = new Intl.PluralRules(LANGUAGE);

/**
 * The text for `key`, with `{name}` replaced by the values. A text of the form `one image|{count} images` has
 * its forms chosen by `values.count`.
 */
export function t(key: MessageKey, values: Values = {}): string {
  const text = formOf(messages[key], values.count);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(LANGUAGE) : value;
  });
}

function formOf(text: string, count: string | number | undefined): string {
  const [one, other] = text.split("|");
  if (one === undefined || other === undefined) return text;
  return typeof count === "number" && plurals.select(count) === "one" ? one : other;
}
