import type { ReactNode } from "react";
import classes from "./tab-bar.module.css";

/** Links to the parts of a page, each with an address of its own. */
export function TabBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
