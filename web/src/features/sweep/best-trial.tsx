import type { Sweep } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { Facts } from "../../components/facts";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import { axesOf } from "../../lib/sweep-axes";
import classes from "./sweep.module.css";

/** The best trial so far, and what it was made with. */
export function BestTrial({ sweep }: { sweep: Sweep }) {
  const { best, primary_metric: metric } = sweep;
  if (!best) {
    return (
      <Card title={t("sweep.bestTitle")}>
        <p className={classes.none}>{t("sweep.bestNone")}</p>
      </Card>
    );
  }
  const params = axesOf(sweep).filter((axis) => axis.key in best.params);
  return (
    <Card
      title={t("sweep.bestTitle")}
      note={t("sweep.bestAt", { number: best.number, epoch: best.epoch })}
      actions={
        <ButtonLink to="/jobs/$jobId" params={{ jobId: best.job_id }} size="compact-xs" variant="default">
          {t("sweep.openJob")}
        </ButtonLink>
      }
    >
      <div data-testid="best-trial">
        <p className={classes.best}>
          {formatMetric(best.value)} <span className={classes.metric}>{metric.name}</span>
        </p>
        <Facts facts={params.map((axis) => [axis.name, axis.text(best.params[axis.key])] as const)} />
      </div>
    </Card>
  );
}
