import { t } from "../../lib/i18n-matrix";
import classes from "./confusion.module.css";
import type { Kind, Painting } from "./confusion-painting";

const NAMES = {
  plain: [
    ["right", "matrix.right"],
    ["wrong", "matrix.wrong"],
  ],
  difference: [
    ["right", "matrix.better"],
    ["wrong", "matrix.worse"],
  ],
} as const;

/** What the colours of the matrix mean, and how much the deepest stands for. */
export function ConfusionLegend({ painting }: { painting: Painting }) {
  const names = NAMES[painting.isDifference ? "difference" : "plain"];
  return (
    <section className={classes.legend} aria-label={t("matrix.legend")} data-testid="confusion-legend">
      {names.map(([kind, name]) => (
        <span key={kind} className={classes.legendItem}>
          <i style={{ background: ramp(kind) }} aria-hidden="true" />
          {t(name)}
        </span>
      ))}
      <span className={classes.legendItem}>{t("matrix.most", { most: painting.most })}</span>
    </section>
  );
}

const ramp = (kind: Kind): string =>
  `linear-gradient(to right, rgb(var(--matrix-${kind}) / 14%), rgb(var(--matrix-${kind})))`;
