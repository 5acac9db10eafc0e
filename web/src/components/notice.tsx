import type { ReactNode } from "react";
import classes from "./notice.module.css";

interface Props {
  tone: "ok" | "bad" | "warn" | "plain";
  title?: string;
  children?: ReactNode;
  testId?: string;
}

/** A message in the page; what is bad is told to screen readers at once. */
export function Notice({ tone, title, children, testId }: Props) {
  return (
    <div
      className={classes.notice}
      data-tone={tone}
      role={tone === "bad" ? "alert" : "status"}
      data-testid={testId}
    >
      {title ? <strong className={classes.title}>{title}</strong> : null}
      {children}
    </div>
  );
}
