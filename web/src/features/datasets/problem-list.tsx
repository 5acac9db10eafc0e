import type { Problem } from "../../api/types";
import { Card } from "../../components/card";
import { t } from "../../lib/i18n";
import classes from "./datasets.module.css";

const MOST = 50;

/** What was found wrong, and in which file and line. */
export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  const rest = problems.length - MOST;
  return (
    <Card title={t("dataset.warnings")} flush={problems.length > 0}>
      {problems.length === 0 ? <p className={classes.none}>{t("dataset.noWarnings")}</p> : null}
      <ul className={classes.problems}>
        {problems.slice(0, MOST).map((problem, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={at}>
            {problem.file ? (
              <code>
                {problem.file}
                {problem.line === null ? null : `:${problem.line}`}
              </code>
            ) : null}
            <div>{problem.message}</div>
          </li>
        ))}
        {rest > 0 ? <li>{t("dataset.moreWarnings", { count: rest })}</li> : null}
      </ul>
    </Card>
  );
}
