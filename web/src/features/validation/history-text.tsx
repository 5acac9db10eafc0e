import type { HistoryRow, ImageHistory, Task } from "../../api/types";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-epochs";
import classes from "./image-epochs.module.css";
import { hasPlace, overlapName } from "./view-state";

interface Props {
  history: ImageHistory | undefined;
  error: Error | null;
  epoch: number;
  task: Task;
  /** Of the object that is followed. */
  name: string | null;
}

/** The present epoch's numbers in words, what the lines are, and whether some epochs were left out. */
export function HistoryText({ history, error, epoch, task, name }: Props) {
  if (!history) {
    return <p className={classes.text}>{error ? error.message : t("epochs.historyLoading")}</p>;
  }
  const row = history.items.find((one) => one.epoch === epoch);
  return (
    <p className={classes.text} data-testid="image-history" data-epoch={row?.epoch}>
      <b>{name === null ? t("epochs.history") : t("epochs.historyOf", { name })}</b>
      {keysOf(task, name !== null).map(([kind, label]) => (
        <span key={kind} className={classes.key} data-kind={kind}>
          <svg viewBox="0 0 18 4" width="18" height="4" aria-hidden="true">
            <path data-kind={kind} d="M0 2H18" />
          </svg>
          {label}
        </span>
      ))}
      <span role="status" data-testid="image-history-now">
        {row ? inWords(row, task, name !== null) : t("epochs.notEvaluated", { epoch })}
      </span>
      {history.thinned ? (
        <span>
          {t("epochs.historyThinned", {
            shown: formatCount(history.items.length),
            total: formatCount(history.total_epochs),
          })}
        </span>
      ) : null}
    </p>
  );
}

function keysOf(task: Task, following: boolean): [kind: string, label: string][] {
  if (following) {
    return [
      ["iou", overlapName(task)],
      ["score", t("epochs.objectScore")],
    ];
  }
  if (!hasPlace(task)) return [["score", t("epochs.trueScore")]];
  return [
    ["tp", `✓ ${t("epochs.found")}`],
    ["fn", `○ ${t("epochs.missed")}`],
    ["fp", `✕ ${t("epochs.false")}`],
  ];
}

function inWords({ epoch, tp, fn, fp, ...row }: HistoryRow, task: Task, following: boolean): string {
  if (following) {
    const { pred = null, score = null, iou = null } = row.object ?? {};
    if (pred === null || score === null || iou === null) return t("epochs.objectMissed", { epoch });
    return t("epochs.objectAt", {
      epoch,
      pred,
      score: score.toFixed(2),
      name: overlapName(task),
      iou: iou.toFixed(2),
    });
  }
  if (hasPlace(task)) return t("epochs.atEpoch", { epoch, tp, fn, fp });
  const first = { epoch, pred: row.pred ?? "–", score: row.score?.toFixed(2) ?? "–" };
  const { true_rank: rank, true_score: score } = row;
  return typeof rank === "number" && typeof score === "number"
    ? t("epochs.labelAt", { ...first, rank, trueScore: score.toFixed(2) })
    : t("epochs.labelBehind", first);
}
