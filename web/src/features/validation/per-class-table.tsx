import { useState } from "react";
import type { PerClassRow } from "../../api/types";
import { Card } from "../../components/card";
import { formatCount, formatShare, toNumber } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import classes from "./per-class-table.module.css";
import type { ChangeSearch, Thresholds } from "./view-state";

const COUNTS = ["truths", "predictions", "tp", "fp", "fn"] as const;
const SHARES = ["precision", "recall", "f1", "ap50", "ap50_95"] as const;
const OUTCOMES: ReadonlySet<string> = new Set(["tp", "fp", "fn"]);
type Column = (typeof COUNTS)[number] | (typeof SHARES)[number] | "class";

interface Props {
  rows: readonly PerClassRow[] | null;
  /** Average precision is over all scores: it comes with the result, not with the thresholds. */
  withAp: readonly PerClassRow[] | null;
  thresholds: Thresholds;
  explore: boolean;
  onChange: ChangeSearch;
}

export function PerClassTable({ rows, withAp, thresholds, explore, onChange }: Props) {
  const [order, setOrder] = useState<{ by: Column; down: boolean }>({ by: "class", down: false });
  if (!rows || rows.length === 0) return null;
  const ap = new Map((withAp ?? []).map((row) => [row.class_id, row]));
  const full = rows.map((row) => ({
    ...row,
    ap50: ap.get(row.class_id)?.ap50 ?? null,
    ap50_95: ap.get(row.class_id)?.ap50_95 ?? null,
  }));
  const hasAp = full.some((row) => row.ap50 !== null || row.ap50_95 !== null);
  const shares = hasAp ? SHARES : SHARES.filter((name) => !name.startsWith("ap"));
  const sorted = sortRows(full, order.by, order.down);
  const sortBy = (by: Column) =>
    setOrder((old) => (old.by === by ? { by, down: !old.down } : { by, down: by !== "class" }));
  const head = (by: Column, number: boolean) => (
    <th
      key={by}
      className={number ? "number" : undefined}
      aria-sort={order.by === by ? (order.down ? "descending" : "ascending") : "none"}
    >
      <button type="button" className={classes.sort} onClick={() => sortBy(by)}>
        {t(`perClass.${by}`)}
        <span aria-hidden="true">{order.by === by ? (order.down ? "↓" : "↑") : ""}</span>
      </button>
    </th>
  );
  return (
    <Card
      title={t("perClass.title")}
      note={t(hasAp ? "perClass.at" : "perClass.atNoAp", {
        score: thresholds.conf.toFixed(2),
        iou: thresholds.iou.toFixed(2),
      })}
      flush
    >
      <div className="scroll-x">
        <table className="table" data-testid="per-class">
          <thead>
            <tr>
              {head("class", false)}
              {COUNTS.map((name) => head(name, true))}
              {shares.map((name) => head(name, true))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.class_id}>
                <td className={classes.name}>{row.class_name}</td>
                {COUNTS.map((name) => (
                  <td key={name} className="number">
                    {explore && OUTCOMES.has(name) && row[name] > 0 ? (
                      <OutcomeLink row={row} outcome={name as "tp" | "fp" | "fn"} onChange={onChange} />
                    ) : (
                      formatCount(row[name])
                    )}
                  </td>
                ))}
                {shares.map((name) => (
                  <td key={name} className={`number ${classes.share}`}>
                    <span
                      className={classes.bar}
                      style={{ width: `${barOf(row[name])}%` }}
                      aria-hidden="true"
                    />
                    <span className={classes.text}>{formatShare(row[name])}</span>
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
  row: PerClassRow;
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
      onClick={() => onChange({ class: row.class_id, outcome, cell: undefined }, true)}
    >
      {formatCount(row[outcome])}
    </button>
  );
}

function barOf(value: PerClassRow["f1"]): number {
  const number = toNumber(value);
  return number !== null && Number.isFinite(number) ? 100 * Math.min(1, Math.max(0, number)) : 0;
}

/** Stable; what has no value stands last in both directions. */
function sortRows<R extends PerClassRow>(rows: readonly R[], by: Column, down: boolean): R[] {
  const valueIn = (row: R): number | null => {
    const value = by === "class" ? row.class_id : toNumber(row[by] ?? null);
    return value === null || Number.isNaN(value) ? null : value;
  };
  return [...rows].sort((a, b) => {
    const [x, y] = [valueIn(a), valueIn(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return down ? y - x : x - y;
  });
}
