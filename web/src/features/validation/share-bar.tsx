import type { Num } from "../../api/types";
import { formatShare, toNumber } from "../../lib/format";
import classes from "./share-bar.module.css";

interface Props {
  value: Num | null | undefined;
  /** The value of a full bar. */
  full?: number;
}

/** A share in digits over a bar of its length. */
export function ShareBar({ value, full = 1 }: Props) {
  const number = toNumber(value) ?? 0;
  const width = Number.isFinite(number) && full > 0 ? Math.min(1, Math.max(0, number / full)) : 0;
  return (
    <span className={classes.share}>
      <span className={classes.bar} style={{ width: `${100 * width}%` }} aria-hidden="true" />
      <span className={classes.text}>{formatShare(value)}</span>
    </span>
  );
}
