import { type ReactNode, useId } from "react";
import classes from "./card.module.css";

interface Props {
  title: ReactNode;
  /** Small print beside the title: thresholds, source, totals. */
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Without inner margins, for tables and lists that bring their own. */
  flush?: boolean;
  className?: string;
}

/** A titled region of a page. */
export function Card({ title, note, actions, children, flush = false, className }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={className ? `${classes.card} ${className}` : classes.card}>
      <header className={classes.header}>
        <h2 id={id} className={classes.title}>
          {title}
        </h2>
        {note ? <span className={classes.note}>{note}</span> : null}
        {actions ? <div className={classes.actions}>{actions}</div> : null}
      </header>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
