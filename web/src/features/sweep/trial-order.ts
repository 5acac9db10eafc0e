import type { Trial } from "../../api/types";
import { compareNames, toNumber } from "../../lib/format";
import { type Axis, cellOf } from "../../lib/sweep-axes";

export interface Order {
  /** `number`, `value`, `epochs`, `time`, or a parameter after a dot. */
  by: string;
  down: boolean;
}

/** Trials in an order; those without what they are sorted by are the last. */
export function sorted(trials: readonly Trial[], axes: readonly Axis[], order: Order): Trial[] {
  const keyOf = keys(axes, order.by);
  return [...trials].sort((one, other) => {
    const [a, b] = [keyOf(one), keyOf(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one.number - other.number;
    const difference =
      typeof a === "number" && typeof b === "number" ? a - b : compareNames(String(a), String(b));
    return (order.down ? -difference : difference) || one.number - other.number;
  });
}

function keys(axes: readonly Axis[], by: string): (trial: Trial) => number | string | null {
  const axis = axes.find((one) => by === `.${one.key}`);
  if (axis) {
    return (trial) => {
      const value = cellOf(trial, axis);
      return typeof value === "number" ? value : value === null || value === undefined ? null : String(value);
    };
  }
  if (by === "value") {
    return (trial) => {
      const value = toNumber(trial.value);
      return value === null || Number.isNaN(value) ? null : value;
    };
  }
  if (by === "epochs") return (trial) => trial.epochs;
  if (by === "time") return (trial) => trial.seconds;
  return (trial) => trial.number;
}
