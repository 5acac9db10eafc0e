/** The rules of tags, as the server has them: said while somebody types, decided there. */
import { t } from "./i18n-jobs";

export const MOST_TAGS = 20;
export const MOST_CHARACTERS = 50;

/** In lower case with single spaces, parted at commas, each once, in order. */
export const normaliseTags = (tags: readonly string[]): string[] =>
  [...new Set(tags.flatMap((tag) => tag.split(",")).map(normalised))].filter((tag) => tag !== "").sort();

const normalised = (tag: string): string =>
  tag.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/** What is wrong with them, in words; null where nothing is. */
export function tagFault(tags: readonly string[]): string | null {
  const long = tags.find((tag) => [...tag].length > MOST_CHARACTERS);
  if (long !== undefined)
    return t("edit.tooLong", { tag: `${long.slice(0, 20)}…`, characters: MOST_CHARACTERS });
  return tags.length > MOST_TAGS ? t("edit.tooMany", { count: tags.length, most: MOST_TAGS }) : null;
}
