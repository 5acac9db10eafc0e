import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import type { ClassRow, ClassTable, Column } from "./per-class-columns";
import classes from "./per-class-table.module.css";
import { ShareBar } from "./share-bar";
import { type ChangeSearch, choose } from "./view-state";

const OUTCOMES: ReadonlySet<string> = new Set(["tp", "fp", "fn"]);

interface Props {
  table: ClassTable;
  rows: readonly ClassRow[];
  order: { by: Column; down: boolean };
  onSort: (by: Column) => void;
  explore: boolean;
  onChange: ChangeSearch;
  /** At which thresholds and epoch the numbers are. */
  stamp: { conf: string; iou: string; epoch: number };
}

export function PerClassRows({ table, rows, order, onSort, explore, onChange, stamp }: Props) {
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
      <button type="button" className={classes.sort} onClick={() => onSort(by)}>
        {number ? arrow(by) : null}
        {by === "name" ? t("perClass.class") : by === "class" ? "#" : t(`perClass.${by}`)}
        {number ? null : arrow(by)}
      </button>
    </th>
  );
  return (
    <div className="scroll-x">
      <table
        className="table"
        data-testid="per-class"
        data-conf={stamp.conf}
        data-iou={stamp.iou}
        data-epoch={stamp.epoch}
      >
        <thead>
          <tr>
            {head("class", true)}
            {head("name", false)}
            {table.counts.map((name) => head(name, true))}
            {table.shares.map((name) => head(name, true))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.class_id}>
              <td className={`number ${classes.id}`}>{row.class_id}</td>
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
