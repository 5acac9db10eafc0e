import { useDeferredValue, useMemo, useState } from "react";
import type { PerClassRow } from "../../api/types";
import { Card } from "../../components/card";
import { FilterField } from "../../components/filter-field";
import { ToolButton } from "../../components/tool-button";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import { useLive } from "./live-thresholds";
import { type Column, classTable, matching, readOrder, sortRows } from "./per-class-columns";
import { PerClassRows } from "./per-class-rows";
import classes from "./per-class-table.module.css";
import { atText, hasPlace, overlapName, type Thresholds, type ViewProps } from "./view-state";

/** So many rows are shown at once. */
const PAGE = 50;
/** From so many classes on one may want to look for one. */
const MANY = 12;

interface Props extends ViewProps {
  /** What is over all scores comes with the result, not with the thresholds. */
  ofEpoch: readonly PerClassRow[] | null;
  /** Those of `ofEpoch`. */
  epochThresholds: Thresholds;
  explore: boolean;
  epoch: number;
}

export function PerClassTable({ ofEpoch, epochThresholds, explore, epoch, task, search, onChange }: Props) {
  // The matrix first: this table may follow a moment later.
  const answer = useDeferredValue(useLive().answer);
  const [text, setText] = useState("");
  const [page, setPage] = useState(0);
  const rows = answer?.per_class ?? ofEpoch;
  const table = useMemo(() => rows && classTable(rows, ofEpoch), [rows, ofEpoch]);
  const order = readOrder(search.by);
  const found = useMemo(
    () => (table ? sortRows(matching(table.rows, text), order.by, order.down) : []),
    [table, text, order.by, order.down],
  );
  if (!table || table.rows.length === 0) return null;
  const thresholds = answer ?? epochThresholds;
  const first = Math.min(page, Math.max(0, Math.ceil(found.length / PAGE) - 1)) * PAGE;
  const shown = found.slice(first, first + PAGE);
  const sortBy = (by: Column) => {
    setPage(0);
    // Numbers from above, names from A; once more turns them round.
    const down = order.by === by ? !order.down : by !== "class" && by !== "name";
    onChange({ by: by === "class" && !down ? undefined : `${down ? "-" : ""}${by}` });
  };
  return (
    <Card
      title={t("perClass.title")}
      note={noteOf(thresholds, epochThresholds, table, task)}
      flush
      actions={
        table.rows.length > MANY ? (
          <FilterField
            label={t("perClass.find")}
            className={classes.find}
            value={text}
            onChange={(value) => {
              setText(value);
              setPage(0);
            }}
          />
        ) : null
      }
    >
      <PerClassRows
        table={table}
        rows={shown}
        order={order}
        onSort={sortBy}
        explore={explore}
        onChange={onChange}
        stamp={{
          conf: thresholds.conf.toFixed(2),
          iou: thresholds.iou.toFixed(2),
          epoch: answer?.epoch ?? epoch,
        }}
      />
      {found.length === 0 ? <p className={classes.none}>{t("perClass.noMatch", { text })}</p> : null}
      {found.length > PAGE ? (
        <div className={classes.pages} data-testid="per-class-pages">
          <ToolButton
            icon="left"
            label={t("perClass.previous")}
            disabled={first === 0}
            onClick={() => setPage(first / PAGE - 1)}
          />
          <span aria-live="polite">
            {t("perClass.rows", {
              from: formatCount(first + 1),
              to: formatCount(first + shown.length),
              count: formatCount(found.length),
            })}
          </span>
          <ToolButton
            icon="right"
            label={t("perClass.next")}
            disabled={first + PAGE >= found.length}
            onClick={() => setPage(first / PAGE + 1)}
          />
        </div>
      ) : null}
    </Card>
  );
}

/** What doesn't follow the sliders says so as soon as it matters. */
function noteOf(
  at: Thresholds,
  ofEpoch: Thresholds,
  table: { hasAp: boolean; shares: readonly string[] },
  task: ViewProps["task"],
): string {
  const note = [t(table.hasAp ? "perClass.at" : "perClass.atNoAp", { at: atText(at, task) })];
  if (hasPlace(task) && ofEpoch.iou !== at.iou && table.shares.includes("best_f1")) {
    note.push(t("perClass.bestAt", { name: overlapName(task), iou: ofEpoch.iou.toFixed(2) }));
  }
  if (ofEpoch.conf !== at.conf && table.shares.includes("dice")) {
    note.push(t("perClass.masksAt", { score: ofEpoch.conf.toFixed(2) }));
  }
  return note.join("; ");
}
