/** What the images are narrowed down to, in words. */
import type { Task } from "../../api/types";
import { t } from "../../lib/i18n-images";
import { parseCell, type ValidationSearch } from "../../lib/validation-search";
import { hasPlace } from "./view-state";

/** The title of the list; what else narrows it down is in the chips below. */
export function chosenTitle(search: ValidationSearch, task: Task, labels: readonly string[]): string {
  if (search.cell) return cellInWords(search.cell, task, labels);
  if (search.error) return t(`errors.is.${search.error}`);
  if (search.class === undefined) return t(search.sort === undefined ? "images.worst" : "images.title");
  const name = className(search.class, labels);
  return search.outcome ? t(`images.outcome.${search.outcome}`, { name }) : name;
}

export function cellInWords(text: string, task: Task, labels: readonly string[]): string {
  const [row, column] = parseCell(text) ?? [0, 0];
  const background = labels[labels.length - 1] === "background" ? labels.length - 1 : -1;
  const values = { true: className(row, labels), pred: className(column, labels) };
  if (column === background) return t(hasPlace(task) ? "images.cellMissed" : "images.cellUnsure", values);
  return t(row === background ? "images.cellFalse" : "images.cell", values);
}

export const className = (index: number, labels: readonly string[]): string => labels[index] ?? String(index);
