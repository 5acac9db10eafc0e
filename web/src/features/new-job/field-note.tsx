import { createContext, type ReactNode, useContext } from "react";
import { t } from "../../lib/i18n-jobs";
import type { Draft } from "./draft";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

/** The job that is cloned, as a draft. */
export interface Original {
  id: number;
  draft: Draft;
  /** What its texts are where a number alone says little. */
  names: Partial<Record<keyof Draft, string>>;
}

export const OriginalJob = createContext<Original | null>(null);

/** Marks what differs from the job that is cloned: undefined where nothing does, so that no field makes room for it. */
export function useWas(form: NewJob): (of: keyof Draft) => ReactNode {
  const original = useContext(OriginalJob);
  return (of) => {
    if (!original || JSON.stringify(original.draft[of]) === JSON.stringify(form.draft[of])) return undefined;
    const before = original.names[of] ?? String(original.draft[of] ?? "");
    return <WasText id={original.id} before={before} />;
  };
}

export function WasText({ id, before }: { id: number; before: string }) {
  return (
    <span className={classes.was} data-testid="differs">
      {t(before === "" ? "form.wasNothing" : "form.was", { id: String(id), value: before })}
    </span>
  );
}
