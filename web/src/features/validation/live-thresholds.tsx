import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type MatrixOfEpoch, useConfusionMatrix } from "../../api/confusion-matrix";
import type { Task } from "../../api/types";
import type { ValidationSearch } from "../../lib/validation-search";
import { type ChangeSearch, type Thresholds, thresholdsOf } from "./view-state";

/** So long after a slider's last move the address follows, and with it all that isn't counted at once. */
const SETTLE_MS = 250;

interface Live {
  /** Where the sliders stand. */
  at: Thresholds;
  /** The newest answer; while a slider moves it may be that of a moment ago. */
  answer: MatrixOfEpoch | undefined;
  /** The same of the epoch that it is compared with. */
  before: MatrixOfEpoch | undefined;
  /** Why that one can't be had. */
  beforeError: unknown;
  /** Whether the answer is of other thresholds or of another epoch than is asked for. */
  stale: boolean;
  error: unknown;
  move: (patch: Partial<Thresholds>) => void;
  /** Puts where the sliders stand into the address, at once. */
  settle: () => void;
}

const Context = createContext<Live | null>(null);

export function useLive(): Live {
  const live = use(Context);
  if (!live) throw new Error("useLive outside of LiveThresholds");
  return live;
}

interface Props {
  jobId: number;
  epoch: number;
  task: Task;
  search: ValidationSearch;
  explore: boolean;
  onChange: ChangeSearch;
  children: ReactNode;
}

/**
 * The thresholds while a slider is dragged: they run ahead of the address, so that a move redraws the matrix and what
 * belongs to it and nothing else of the page. One request is on its way at a time, and the latest wish comes next.
 */
export function LiveThresholds({ jobId, epoch, task, search, explore, onChange, children }: Props) {
  const { conf, iou } = thresholdsOf(search, task);
  const [ahead, setAhead] = useState<Thresholds | null>(null);
  const at = useMemo(() => ahead ?? { conf, iou }, [ahead, conf, iou]);
  const [asked, setAsked] = useState(at);
  const query = useConfusionMatrix(jobId, epoch, asked.conf, asked.iou, explore);
  const { against } = search;
  const compares = explore && against !== undefined && against !== epoch;
  const other = useConfusionMatrix(jobId, against ?? epoch, asked.conf, asked.iou, compares);
  const before = compares && other.data?.epoch === against ? other.data : undefined;
  const beforeError = compares ? other.error : null;
  const isAsked = asked.conf === at.conf && asked.iou === at.iou;
  // What the address says is wanted for certain: one on its way for another place is given up for it.
  const isSettled = at.conf === conf && at.iou === iou;
  if (!isAsked && (isSettled || !(query.isFetching || (compares && other.isFetching)))) setAsked(at);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef<{ at: Thresholds; moved: Partial<Thresholds>; onChange: ChangeSearch }>({
    at,
    moved: {},
    onChange,
  });
  latest.current.onChange = onChange;
  useEffect(() => {
    latest.current.at = at;
  }, [at]);
  useEffect(() => () => clearTimeout(timer.current), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the address says anew holds, unless a slider moves on
  useEffect(() => {
    if (timer.current === undefined) setAhead(null);
  }, [conf, iou]);

  const settle = useCallback(() => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    latest.current.onChange(latest.current.moved);
    latest.current.moved = {};
  }, []);
  const move = useCallback(
    (patch: Partial<Thresholds>) => {
      latest.current.at = { ...latest.current.at, ...patch };
      latest.current.moved = { ...latest.current.moved, ...patch };
      setAhead(latest.current.at);
      clearTimeout(timer.current);
      timer.current = setTimeout(settle, SETTLE_MS);
    },
    [settle],
  );

  const live = useMemo(
    () => ({
      at,
      answer: explore ? query.data : undefined,
      before,
      beforeError,
      stale: !isAsked || query.isPlaceholderData,
      error: query.error,
      move,
      settle,
    }),
    [
      at,
      explore,
      query.data,
      before,
      beforeError,
      isAsked,
      query.isPlaceholderData,
      query.error,
      move,
      settle,
    ],
  );
  return <Context value={live}>{children}</Context>;
}
