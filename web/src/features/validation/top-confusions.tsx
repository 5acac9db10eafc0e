import { Button } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../components/card";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import classes from "./confusion.module.css";
import { backgroundOf, type DrawnMatrix, topMistakes } from "./confusion-cells";
import { type Change, signed } from "./confusion-painting";
import { type ChangeSearch, choose } from "./view-state";

const MOST = 6;
const MANY = 100;

interface Props {
  matrix: DrawnMatrix;
  /** Against another epoch: what is counted differently. */
  changes: readonly Change[] | null;
  explore: boolean;
  onChange: ChangeSearch;
}

interface Entry {
  row: number;
  column: number;
  /** What the bar shows. */
  size: number;
  text: string;
  /** Of a change: whether it is one for the better. */
  better?: boolean;
}

/** The largest cells in words: mistakes, most frequent first, or what changed most. Also what the canvas can't say. */
export function TopConfusions({ matrix, changes, explore, onChange }: Props) {
  const [all, setAll] = useState(false);
  const entries = changes ? changes.slice(0, MANY).map(entryOf) : mistakes(matrix);
  const shown = all ? entries : entries.slice(0, MOST);
  const largest = entries[0]?.size ?? 1;
  const open = (row: number, column: number) => onChange(choose({ cell: `${row}-${column}` }), true);
  return (
    <Card title={t(changes ? "changes.title" : "confusion.top")} flush>
      {entries.length === 0 ? (
        <p className={classes.none}>{t(changes ? "changes.none" : "confusion.topNone")}</p>
      ) : null}
      <ol className={classes.top} data-testid={changes ? "changes" : "top-confusions"}>
        {shown.map((entry) => {
          const { row, column } = entry;
          const inside = (
            <>
              <span className={classes.topName}>{inWords(matrix, row, column)}</span>
              <span
                className={classes.topBar}
                data-kind={entry.better ? "right" : "wrong"}
                style={{ width: `${(100 * entry.size) / largest}%` }}
              />
              <span className={classes.topCount}>
                {entry.better === undefined ? null : (
                  <small>{t(entry.better ? "changes.better" : "changes.worse")} </small>
                )}
                {entry.text}
              </span>
            </>
          );
          return (
            <li key={`${row}-${column}`}>
              {explore ? (
                <button type="button" className={classes.topItem} onClick={() => open(row, column)}>
                  {inside}
                </button>
              ) : (
                <div className={classes.topItem}>{inside}</div>
              )}
            </li>
          );
        })}
      </ol>
      {entries.length > MOST ? (
        <Button variant="subtle" size="compact-xs" m={6} onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t("top.fewer") : t("top.more", { count: entries.length })}
        </Button>
      ) : null}
    </Card>
  );
}

const mistakes = (matrix: DrawnMatrix): Entry[] =>
  topMistakes(matrix, MANY).map(([row, column, count]) => ({
    row,
    column,
    size: count,
    text: formatCount(count),
  }));

function entryOf({ row, column, now, before }: Change): Entry {
  const by = now - before;
  const text = t("changes.by", {
    before: formatCount(before),
    now: formatCount(now),
    by: signed(by),
  });
  return { row, column, size: Math.abs(by), text, better: row === column ? by > 0 : by < 0 };
}

function inWords(matrix: DrawnMatrix, row: number, column: number): string {
  const background = backgroundOf(matrix);
  const values = { true: matrix.labels[row] ?? "", pred: matrix.labels[column] ?? "" };
  if (row === column) return t("changes.right", values);
  if (column === background) return t(matrix.unanswered ? "confusion.unsure" : "confusion.missed", values);
  return t(row === background ? "confusion.invented" : "confusion.took", values);
}
