import type { Job, Num, ResultDetail } from "../../api/types";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import classes from "./epoch-numbers.module.css";
import { atText } from "./view-state";

const KEPT_ANYWAY = 0.001;

/** What Snellen computed and what the framework reported: side by side, never mixed. */
export function EpochNumbers({ detail, job }: { detail: ResultDetail; job: Job }) {
  const { computed, metrics, thresholds, overall_loss: loss } = detail;
  const reported: [string, Num][] = Object.entries(metrics);
  if (loss !== null) reported.push([t("validation.loss"), loss]);
  const primary = job.primary_metric;
  const at = atText({ conf: thresholds.score, iou: thresholds.iou }, detail.task_type);
  const least = detail.kept?.min_score ?? 0;
  const hints = [t("validation.computedHint"), t("validation.thresholds", { at })];
  // Every set leaves out what is below 0.001; a higher limit has a say in the AP.
  if (least > KEPT_ANYWAY) hints.push(t("validation.keptFrom", { score: least.toFixed(2) }));
  return (
    <section className={classes.numbers} aria-label={t("validation.numbers")} data-testid="epoch-numbers">
      {computed ? (
        <Source
          title={t("validation.computed")}
          hint={hints.join("; ")}
          entries={Object.entries(computed)}
          primary={primary.source === "computed" ? primary.name : null}
        />
      ) : null}
      {reported.length > 0 ? (
        <Source
          title={t("validation.reported")}
          hint={t("validation.reportedHint", { trainer: job.trainer })}
          entries={reported}
          primary={primary.source === "reported" ? primary.name : null}
        />
      ) : null}
    </section>
  );
}

interface SourceProps {
  title: string;
  hint: string;
  entries: readonly [name: string, value: Num][];
  primary: string | null;
}

function Source({ title, hint, entries, primary }: SourceProps) {
  return (
    <div className={classes.source}>
      <div className={classes.title}>
        <strong>{title}</strong> <span>{hint}</span>
      </div>
      <dl className={classes.list}>
        {entries.map(([name, value]) => (
          <div key={name} data-primary={name === primary || undefined}>
            <dt>{name}</dt>
            <dd>{formatMetric(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
