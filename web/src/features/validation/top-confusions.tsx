import { Card } from "../../components/card";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import classes from "./confusion.module.css";
import { backgroundOf, type DrawnMatrix, topMistakes } from "./confusion-cells";
import { type ChangeSearch, choose } from "./view-state";

const MOST = 6;

interface Props {
  matrix: DrawnMatrix;
  explore: boolean;
  onChange: ChangeSearch;
}

/** The mistakes in words, most frequent first. */
export function TopConfusions({ matrix, explore, onChange }: Props) {
  const top = topMistakes(matrix, MOST);
  const largest = top[0]?.[2] ?? 1;
  const open = (row: number, column: number) => onChange(choose({ cell: `${row}-${column}` }), true);
  return (
    <Card title={t("confusion.top")} flush>
      {top.length === 0 ? <p className={classes.none}>{t("confusion.topNone")}</p> : null}
      <ol className={classes.top}>
        {top.map(([row, column, count]) => {
          const inside = (
            <>
              <span>{inWords(matrix, row, column)}</span>
              <span className={classes.topBar} style={{ width: `${(100 * count) / largest}%` }} />
              <span className={classes.topCount}>{formatCount(count)}</span>
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
    </Card>
  );
}

function inWords(matrix: DrawnMatrix, row: number, column: number): string {
  const background = backgroundOf(matrix);
  const values = { true: matrix.labels[row] ?? "", pred: matrix.labels[column] ?? "" };
  if (column === background) return t(matrix.background ? "confusion.unsure" : "confusion.missed", values);
  return t(row === background ? "confusion.invented" : "confusion.took", values);
}
