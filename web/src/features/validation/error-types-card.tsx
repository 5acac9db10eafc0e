import { useResultErrors } from "../../api/result-errors";
import type { ErrorTypes } from "../../api/types";
import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { ERROR_KINDS } from "../../lib/validation-search";
import type { AnalysisProps } from "./analysis";
import classes from "./analysis.module.css";
import { AnalysisCard } from "./analysis-card";
import { ShareBar } from "./share-bar";
import { choose, errorIou, overlapName, thresholdsOf, type ViewProps } from "./view-state";

/** Everything of a side at once: these are sums of the kinds above, so they stand apart. */
const ALL = ["FalsePos", "FalseNeg"] as const;

/** What kinds of mistakes there are, and what each costs. */
export function ErrorTypesCard({ jobId, epoch, enabled, task, search, onChange }: AnalysisProps) {
  const { iou } = thresholdsOf(search, task);
  const query = useResultErrors(jobId, epoch, errorIou(iou), enabled);
  return (
    <AnalysisCard
      title={t("errors.title")}
      note={(data) =>
        t("errors.at", {
          name: overlapName(task),
          iou: data.iou.toFixed(2),
          background: data.background.toFixed(2),
        })
      }
      query={query}
      testId="error-types"
    >
      {(data) => <Kinds data={data} task={task} search={search} onChange={onChange} />}
    </AnalysisCard>
  );
}

function Kinds({ data, search, onChange }: ViewProps & { data: ErrorTypes }) {
  const largest = Math.max(...[...ERROR_KINDS, ...ALL].map((kind) => data.delta_ap[kind] ?? 0));
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t("errors.kind")}</th>
          <th className="number">{t("errors.count")}</th>
          <th className="number" title={t("errors.deltaLong", { ap: formatShare(data.ap) })}>
            {t("errors.delta")}
          </th>
        </tr>
      </thead>
      <tbody>
        {ERROR_KINDS.map((kind) => {
          const count = data.counts[kind] ?? 0;
          const chosen = search.error === kind;
          const pick = () => onChange(choose(chosen ? {} : { error: kind, view: "objects" }), true);
          // Name and bar lead to the objects too; the button in the row does it by keys.
          const leads = count > 0 ? { onClick: pick, "data-leads": true } : {};
          return (
            <tr key={kind} className={chosen ? classes.chosen : undefined} {...leads}>
              <td>
                <span className={classes.name}>{t(`errors.is.${kind}`)}</span>
                <span className={classes.what}>{t(`errors.what.${kind}`)}</span>
              </td>
              <td className="number">
                {count > 0 ? (
                  <button
                    type="button"
                    className={classes.count}
                    aria-pressed={chosen}
                    title={t("perClass.show", { what: t(`errors.is.${kind}`) })}
                    data-testid={`error-${kind}`}
                  >
                    {formatCount(count)}
                  </button>
                ) : (
                  formatCount(count)
                )}
              </td>
              <td className={`number ${classes.bar}`}>
                <ShareBar value={data.delta_ap[kind]} full={largest} />
              </td>
            </tr>
          );
        })}
        {ALL.map((kind) => (
          <tr key={kind}>
            <td>
              <span className={classes.what}>{t(`errors.all.${kind}`)}</span>
            </td>
            <td />
            <td className={`number ${classes.bar}`}>
              <ShareBar value={data.delta_ap[kind]} full={largest} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
