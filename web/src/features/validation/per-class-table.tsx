import { useState } from "react";
import type { PerClassRow, Task } from "../../api/types";
import { Card } from "../../components/card";
import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { type ClassRow, type Column, classTable, sortRows } from "./per-class-columns";
import classes from "./per-class-table.module.css";
import { ShareBar } from "./share-bar";
import { atText, type ChangeSearch, choose, hasPlace, overlapName, type Thresholds } from "./view-state";

const OUTCOMES: ReadonlySet<string> = new Set(["tp", "fp", "fn"]);

interface Props {
  rows: readonly PerClassRow[] | null;
  /** What is over all scores comes with the result, not with the thresholds. */
  ofEpoch: readonly PerClassRow[] | null;
  thresholds: Thresholds;
  /** Those of `ofEpoch`. */
  epochThresholds: Thresholds;
  task: Task;
  explore: boolean;
  onChange: ChangeSearch;
}

export function PerClassTable({
  rows,
  ofEpoch,
  thresholds,
  epochThresholds,
  task,
  explore,
  onChange,
}: Props) {
  const [order, setOrder] = useState<{ by: Column; down: boolean }>({ by: "class", down: false });
  if (!rows || rows.length === 0) return null;
  const table = classTable(rows, ofEpoch);
  const note = [t(table.hasAp ? "perClass.at" : "perClass.atNoAp", { at: atText(thresholds, task) })];
  // What doesn't follow the sliders says so as soon as it matters.
  const { conf, iou } = epochThresholds;
  if (hasPlace(task) && iou !== thresholds.iou && table.shares.includes("best_f1")) {
    note.push(t("perClass.bestAt", { name: overlapName(task), iou: iou.toFixed(2) }));
  }
  if (conf !== thresholds.conf && table.shares.includes("dice")) {
    note.push(t("perClass.masksAt", { score: conf.toFixed(2) }));
  }
  const sorted = sortRows(table.rows, order.by, order.down);
  const sortBy = (by: Column) =>
    setOrder((old) => (old.by === by ? { by, down: !old.down } : { by, down: by !== "class" }));
  // On the inner side, so that heads stand over their numbers.
  const arrow = (by: Column) => (
    <span aria-hidden="true">{order.by === by ? (order.down ? "↓" : "↑") : ""}</span>
  );
  const head = (by: Column, number: boolean) => (
    <th
      key={by}
      className={number ? "number" : undefined}
      aria-sort={order.by === by ? (order.down ? "descending" : "ascending") : "none"}
    >
      <button type="button" className={classes.sort} onClick={() => sortBy(by)}>
        {number ? arrow(by) : null}
        {t(`perClass.${by}`)}
        {number ? null : arrow(by)}
      </button>
    </th>
  );
  return (
    <Card title={t("perClass.title")} note={note.join("; ")} flush>
      <div className="scroll-x">
        <table className="table" data-testid="per-class">
          <thead>
            <tr>
              {head("class", false)}
              {table.counts.map((name) => head(name, true))}
              {table.shares.map((name) => head(name, true))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.class_id}>
                <td className={classes.name}>{row.class_name}</td>
                {table.counts.map((name) => (
                  <td key={name} className="number">
                    {explore && OUTCOMES.has(name) && row[name] > 0 ? (
                      <OutcomeLink row={row} outcome={name as "tp" | "fp" | "fn"} onChange={onChange} />
                    ) : (
                      formatCount(row[name])
                    )}
                  </td>
                ))}
                {table.shares.map((name) => (
                  <td key={name} className="number">
                    {name === "best_score" ? (
                      formatShare(row.shares[name])
                    ) : (
                      <ShareBar value={row.shares[name]} />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

interface LinkProps {
  row: ClassRow;
  outcome: "tp" | "fp" | "fn";
  onChange: ChangeSearch;
}

function OutcomeLink({ row, outcome, onChange }: LinkProps) {
  const what = t(`images.outcome.${outcome}`, { name: row.class_name });
  return (
    <button
      type="button"
      className={classes.link}
      title={t("perClass.show", { what })}
      onClick={() => onChange(choose({ class: row.class_id, outcome }), true)}
    >
      {formatCount(row[outcome])}
    </button>
  );
}
