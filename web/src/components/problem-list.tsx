import type { ReactNode } from "react";
import type { Problem } from "../api/types";
import { t } from "../lib/i18n-datasets";
import classes from "./problem-list.module.css";
import { RichText } from "./rich-text";

interface Props<P extends Problem> {
  problems: readonly P[];
  /** What stands at the end of a row, as a link to the image. */
  extra?: (problem: P) => ReactNode;
  /** Without the codes, where the list is of one code only. */
  hideCode?: boolean;
}

/** What was found wrong, and in which file and line. */
export function ProblemList<P extends Problem>({ problems, extra, hideCode = false }: Props<P>) {
  return (
    <ul className={classes.list}>
      {problems.map((problem, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: problems have no other name and keep their order
        <li key={at} data-testid="problem" data-code={problem.code}>
          <Severity severity={problem.severity} />
          <div>
            <div>
              <RichText text={problem.message} />
            </div>
            <div className={classes.place}>
              {problem.file ? (
                <code>
                  {problem.file}
                  {problem.line === null ? null : `:${problem.line}`}
                </code>
              ) : null}
              {hideCode ? null : (
                <span className={classes.code}>
                  {problem.file ? " · " : ""}
                  {problem.code}
                </span>
              )}
            </div>
          </div>
          {extra?.(problem) ?? null}
        </li>
      ))}
    </ul>
  );
}

/** A sign and a word, so that colour alone never tells. */
export function Severity({ severity }: { severity: Problem["severity"] }) {
  return (
    <span className={classes.mark} data-severity={severity}>
      <span aria-hidden="true">{severity === "error" ? "✕" : "!"}</span>
      <span className="visually-hidden">
        {t(severity === "error" ? "problems.error" : "problems.warning")}
      </span>
    </span>
  );
}
