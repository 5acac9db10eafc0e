import { useMemo, useState } from "react";
import type { ConfusionMatrix, Task } from "../../api/types";
import { t } from "../../lib/i18n-matrix";
import type { ValidationSearch } from "../../lib/validation-search";
import { type DrawnMatrix, matrixOfLabels } from "./confusion-cells";
import { type Arrangement, arranged, arrangementOf } from "./confusion-order";
import { type Change, changesOf, differenceOf, type Painting, paintingOf } from "./confusion-painting";
import { useLive } from "./live-thresholds";
import { hasPlace } from "./view-state";

export interface Confusion {
  /** In the server's indices, all classes. */
  matrix: DrawnMatrix;
  arrangement: Arrangement;
  painting: Painting;
  /** Against another epoch: what is counted differently there; in the server's indices. */
  changes: Change[] | null;
  /** The thresholds and the epoch that are drawn. */
  stamp: Record<string, string>;
}

/** The matrix as the address asks for it, from the newest answer; null while there is none. */
export function useConfusion(
  ofResult: ConfusionMatrix | null,
  epoch: number,
  task: Task,
  search: ValidationSearch,
): Confusion | null {
  const { answer, before } = useLive();
  const pair = useLatestPair(answer, before);
  const [now, old] = pair && search.against === pair[1].epoch ? pair : [answer ?? ofResult, null];
  const at = now && "conf" in now ? now : null;
  const matrix = useMemo(() => drawnOf(now, task), [now, task]);
  const other = useMemo(() => drawnOf(old, task), [old, task]);
  const { order, worst, show } = search;
  const arrangement = useMemo(() => matrix && arrangementOf(matrix, order, worst), [matrix, order, worst]);
  const painting = useMemo(() => {
    if (!matrix || !arrangement) return null;
    const folded = matrix.labels.length - arrangement.source.length + 1;
    const others = t("matrix.others", { count: folded });
    const mode = show ?? "counts";
    const shown = arranged(matrix, arrangement, others);
    return other ? differenceOf(shown, arranged(other, arrangement, others), mode) : paintingOf(shown, mode);
  }, [matrix, other, arrangement, show]);
  const changes = useMemo(() => (matrix && other ? changesOf(matrix, other) : null), [matrix, other]);
  const stamp = useMemo(
    () => ({
      epoch: String(at?.epoch ?? epoch),
      ...(at ? { conf: at.conf.toFixed(2), iou: at.iou.toFixed(2) } : {}),
      against: old ? String(old.epoch) : "",
    }),
    [at, epoch, old],
  );
  return matrix && arrangement && painting ? { matrix, arrangement, painting, changes, stamp } : null;
}

const drawnOf = (matrix: ConfusionMatrix | null, task: Task): DrawnMatrix | null =>
  matrix && !hasPlace(task) ? matrixOfLabels(matrix) : matrix;

interface At {
  conf: number;
  iou: number;
}

/** Two answers at the same thresholds; while one of them is on its way, the two before. */
function useLatestPair<T extends At>(now: T | undefined, before: T | undefined): [T, T] | null {
  const [kept, setKept] = useState<[T, T] | null>(null);
  const fits = now && before && now.conf === before.conf && now.iou === before.iou;
  if (fits && (kept?.[0] !== now || kept[1] !== before)) setKept([now, before]);
  return before ? kept : null;
}
