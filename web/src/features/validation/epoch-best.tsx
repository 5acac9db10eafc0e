import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-epochs";
import { useEpochControl } from "./epoch-context";
import classes from "./epoch-picker.module.css";
import { type BestEpoch, bestOf, NOTED, stateOf } from "./epoch-rows";
import { SIGNS } from "./epoch-track";

const MOST_TIES = 5;

/** Which epoch is best and why, and what is amiss with others. */
export function EpochBest() {
  const { results } = useEpochControl();
  const { name, source, direction } = results.primary_metric;
  const best = bestOf(results);
  const values = { metric: name, source: t(`source.${source}Long`) };
  return (
    <div className={classes.facts}>
      <p data-testid="best-why">
        {best === null ? (
          t("epochs.noBest", values)
        ) : (
          <>
            <b>
              {t(direction === "max" ? "epochs.bestMax" : "epochs.bestMin", {
                ...values,
                epoch: best.epoch,
                value: formatMetric(best.value),
              })}
            </b>
            {" · "}
            {against(best)}
          </>
        )}
      </p>
      <Noted />
    </div>
  );
}

function against({ ties, next }: BestEpoch): string {
  if (ties.length > 0) {
    const some = ties.slice(0, MOST_TIES).join(", ");
    return t("epochs.tied", {
      count: ties.length,
      epochs: ties.length > MOST_TIES ? `${some}, …` : some,
    });
  }
  return next
    ? t("epochs.ahead", { margin: formatMetric(next.margin), epoch: next.epoch })
    : t("epochs.alone");
}

/** What the signs on the slider mean; a click leads to the newest such epoch. */
function Noted() {
  const { results, pick } = useEpochControl();
  const kinds = NOTED.map((state) => ({
    state,
    rows: results.items.filter((row) => stateOf(row) === state),
  })).filter(({ rows }) => rows.length > 0);
  if (kinds.length === 0) return null;
  return (
    <ul className={classes.noted} data-testid="epoch-notes">
      {kinds.map(({ state, rows }) => {
        const epoch = rows[rows.length - 1]?.epoch ?? 1;
        return (
          <li key={state}>
            <button
              type="button"
              data-state={state}
              title={t("epochs.goTo", { epoch })}
              onClick={() => pick(epoch)}
            >
              <span aria-hidden="true">{SIGNS[state]}</span>{" "}
              {t(`epochs.count.${state}`, { count: rows.length })}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
