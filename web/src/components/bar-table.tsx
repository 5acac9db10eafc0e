import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { formatCount } from "../lib/format";
import { t } from "../lib/i18n-datasets";
import classes from "./bar-table.module.css";

const MOST = 30;

export interface BarRow {
  key: string | number;
  name: ReactNode;
  /** The first one is drawn. */
  values: readonly number[];
}

interface Props {
  /** Heads of the columns: the name, then the values. */
  heads: readonly string[];
  rows: readonly BarRow[];
  caption: string;
  /** As many rows as are shown before somebody asks for all. */
  most?: number;
}

/** A histogram that is a table: the numbers can be read, the bars can be seen. */
export function BarTable({ heads, rows, caption, most = MOST }: Props) {
  const [all, setAll] = useState(false);
  const largest = rows.reduce((top, row) => Math.max(top, row.values[0] ?? 0), 1);
  const shown = all ? rows : rows.slice(0, most);
  return (
    <>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={head} className={at === 0 ? undefined : "number"}>
                {head}
              </th>
            ))}
            <td className={classes.barColumn} aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.key}>
              <td className={classes.name}>{row.name}</td>
              {row.values.map((value, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is known by its place
                <td key={at} className="number">
                  {formatCount(value)}
                </td>
              ))}
              <td aria-hidden="true">
                <Bar share={(row.values[0] ?? 0) / largest} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < rows.length ? (
        <div className={classes.more}>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
            {t("common.showAll", { count: rows.length })}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Bar({ share }: { share: number }) {
  return share > 0 ? <div className={classes.bar} style={{ width: `${100 * share}%` }} /> : null;
}
