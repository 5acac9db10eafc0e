import type { ReactNode } from "react";
import classes from "./page-head.module.css";

interface Props {
  title: ReactNode;
  /** Small print beside the title. */
  note?: ReactNode;
  actions?: ReactNode;
  /** What the page is for. */
  text?: string;
}

/** How a page begins. */
export function PageHead({ title, note, actions, text }: Props) {
  return (
    <div className={classes.head}>
      <div className={classes.row}>
        <h1 className={classes.title}>{title}</h1>
        {note ? <span className={classes.muted}>{note}</span> : null}
        {actions ? <span className={classes.actions}>{actions}</span> : null}
      </div>
      {text ? <p className={classes.text}>{text}</p> : null}
    </div>
  );
}
