/** The project that is looked at: the address says it, else what this browser remembers; null is all of them. */
import { useSearch } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { useMe } from "../api/get-me";

const NAME = "snellen.project";

export interface ProjectSearch {
  /** Number of the project; absent: all, or the one remembered. */
  project?: number;
}

export function readProjectSearch(raw: Record<string, unknown>): ProjectSearch {
  const project = Number(raw.project ?? Number.NaN);
  return Number.isInteger(project) && project > 0 ? { project } : {};
}

/** The query of links to lists. */
export const projectSearch = (project: number | null): ProjectSearch => (project === null ? {} : { project });

const listeners = new Set<() => void>();
let remembered: number | null | undefined;

export function rememberProject(project: number | null): void {
  if (read() === project) return;
  remembered = project;
  try {
    if (project === null) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, String(project));
  } catch {
    // Remembering is a convenience.
  }
  for (const tell of listeners) tell();
}

function read(): number | null {
  if (remembered === undefined) {
    try {
      remembered = readProjectSearch({ project: localStorage.getItem(NAME) }).project ?? null;
    } catch {
      remembered = null;
    }
  }
  return remembered;
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** A remembered project that isn't one's own any more is no choice; one in the address is asked for all the same. */
export function useChosenProject(): number | null {
  const { project } = useSearch({ strict: false });
  const stored = useSyncExternalStore(subscribe, read);
  const { data: me } = useMe();
  if (project !== undefined) return project;
  return me?.projects.some((one) => one.id === stored) ? stored : null;
}
