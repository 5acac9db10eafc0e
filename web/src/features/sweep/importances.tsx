import type { UseQueryResult } from "@tanstack/react-query";
import type { Importances as Answer } from "../../api/types";
import { Card } from "../../components/card";
import { ErrorState, Loading } from "../../components/page-state";
import { formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import classes from "./sweep.module.css";

/** How much each parameter decides: a table whose bars can be seen. */
export function Importances({ query }: { query: UseQueryResult<Answer> }) {
  const { data } = query;
  return (
    <Card
      title={t("sweep.importanceTitle")}
      note={
        data && data.items.length > 0
          ? t("sweep.importanceNote", { evaluator: data.evaluator, count: data.trials })
          : null
      }
    >
      {data ? (
        <Bars answer={data} />
      ) : query.isError ? (
        <ErrorState error={query.error} />
      ) : (
        <Loading rows={2} />
      )}
    </Card>
  );
}

function Bars({ answer }: { answer: Answer }) {
  if (answer.items.length === 0) {
    return (
      <p className={classes.none} data-testid="no-importances">
        {answer.reason}
      </p>
    );
  }
  return (
    <table className={classes.bars} data-testid="importances">
      <caption className={classes.caption}>{t("sweep.importanceText")}</caption>
      <thead className="visually-hidden">
        <tr>
          <th>{t("sweep.parameter")}</th>
          <th>{t("sweep.importance")}</th>
        </tr>
      </thead>
      <tbody>
        {answer.items.map(({ name, importance }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span className={classes.barTrack} aria-hidden="true">
                <span className={classes.bar} style={{ width: `${100 * importance}%` }} />
              </span>
              <span>{formatPercent(importance)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
