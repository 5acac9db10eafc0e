import { memo, useMemo } from "react";
import type { HistoryRow, ResultRow, Task } from "../../api/types";
import { historyLines } from "./history-lines";
import classes from "./image-epochs.module.css";

interface Props {
  items: readonly ResultRow[];
  rows: readonly HistoryRow[];
  task: Task;
  following: boolean;
  index: number;
}

/** The lines over the slider; colour, dashes and the signs of the legend tell them apart. */
export function HistoryTrack({ items, rows, task, following, index }: Props) {
  const lines = useMemo(() => historyLines(items, rows, task, following), [items, rows, task, following]);
  const at = (100 * Math.max(0, index)) / Math.max(1, items.length - 1);
  return (
    <div className={classes.track} aria-hidden="true">
      <Lines lines={lines} />
      {index >= 0 ? <span className={classes.here} style={{ left: `${at}%` }} /> : null}
    </div>
  );
}

const Lines = memo(function Lines({ lines }: { lines: ReturnType<typeof historyLines> }) {
  return (
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {lines.map(({ kind, path }) => (
        <path key={kind} data-kind={kind} d={path} />
      ))}
    </svg>
  );
});
