import { createContext, useContext } from "react";
import type { ResultList, ResultRow } from "../../api/types";
import type { EpochWish } from "../../lib/epoch-search";
import type { EpochChoice } from "./view-state";

/** The scrubber's state, for wherever it is shown: on the page, and within an open image. */
export interface EpochControl {
  jobId: number;
  results: ResultList;
  /** How many epochs the job is to have. */
  epochs: number;
  live: boolean;
  /** Epochs whose predictions wait for their evaluation: no result has them yet. */
  coming: number;
  choice: EpochChoice;
  /** The place of the chosen epoch among the validated ones, -1 if it isn't one. */
  index: number;
  /** Whether the chosen epoch is drawn, and not still on its way. */
  ready: boolean;
  playing: boolean;
  /** An epoch that came after somebody chose another. */
  news: ResultRow | null;
  pick: (wish: EpochWish) => void;
  /** The validated epoch nearest to this one: charts have points in between. */
  pickNear: (epoch: number) => void;
  step: (by: number) => void;
  togglePlay: () => void;
}

export const EpochContext = createContext<EpochControl | null>(null);

export function useEpochControl(): EpochControl {
  const control = useContext(EpochContext);
  if (!control) throw new Error("no EpochContext above");
  return control;
}
