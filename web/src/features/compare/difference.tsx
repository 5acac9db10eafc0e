import type { Compared } from "../../lib/compare-results";
import { t } from "../../lib/i18n-runs";
import classes from "./compare.module.css";

interface Props {
  compared: Compared;
  format: (value: number) => string;
}

/** A value, whether it is the best, and how far it is from the baseline's: with sign and arrow, not colour alone. */
export function Difference({ compared, format }: Props) {
  const { value, difference, best, better } = compared;
  if (value === null) return <span className={classes.minor}>–</span>;
  return (
    <span className={classes.value}>
      {best ? (
        <b>
          <span aria-hidden="true">★ </span>
          {format(value)}
          <span className="visually-hidden"> {t("comparing.bestMark")}</span>
        </b>
      ) : (
        format(value)
      )}
      {difference === null ? null : (
        <span
          className={classes.difference}
          data-better={better ?? undefined}
          title={
            better === null
              ? undefined
              : t(better ? "comparing.better" : "comparing.worse", {
                  difference: format(Math.abs(difference)),
                })
          }
        >
          {signed(difference, format)}
        </span>
      )}
    </span>
  );
}

function signed(difference: number, format: (value: number) => string): string {
  if (difference === 0) return "± 0";
  return `${difference > 0 ? "▲ +" : "▼ −"}${format(Math.abs(difference))}`;
}
