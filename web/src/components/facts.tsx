import type { ReactNode } from "react";
import classes from "./facts.module.css";

export type Fact = readonly [label: string, value: ReactNode];

/** Named numbers in a row. */
export function Facts({ facts, boxed = false }: { facts: readonly Fact[]; boxed?: boolean }) {
  return (
    <dl className={boxed ? `${classes.facts} ${classes.boxed}` : classes.facts}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
