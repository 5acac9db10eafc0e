import { lineColor } from "../../lib/chart-runs";
import type { Training } from "../../lib/compared";
import classes from "./compare.module.css";

/** A training's name behind the colour of its lines. */
export function Swatch({ training }: { training: Training }) {
  return (
    <span
      className={classes.swatch}
      style={{ background: `var(${lineColor(training.at)})` }}
      aria-hidden="true"
    />
  );
}
