import type { Job, Num, ResultDetail, ResultRow } from "../../api/types";
import { formatMetric, toNumber } from "../../lib/format";
import { t } from "../../lib/i18n-epochs";
import { smallerIsBetter } from "../../lib/metric-direction";
import classes from "./epoch-numbers.module.css";
import { atText } from "./view-state";

const KEPT_ANYWAY = 0.001;

interface Props {
  detail: ResultDetail;
  job: Job;
  /** The best epoch's row; null without one. */
  best: ResultRow | null;
}

/** What Snellen computed and what the framework reported, side by side, never mixed; and how the best epoch differs. */
export function EpochNumbers({ detail, job, best }: Props) {
  const { computed, thresholds } = detail;
  const reported = Object.entries(reportedOf(detail));
  const primary = job.primary_metric;
  const at = atText({ conf: thresholds.score, iou: thresholds.iou }, detail.task_type);
  const least = detail.kept?.min_score ?? 0;
  const hints = [t("validation.computedHint"), t("validation.thresholds", { at })];
  // Every set leaves out what is below 0.001; a higher limit has a say in the AP.
  if (least > KEPT_ANYWAY) hints.push(t("validation.keptFrom", { score: least.toFixed(2) }));
  const other = best !== null && best.epoch !== detail.epoch ? best : null;
  if (other) hints.push(t("epochs.versusBest", { epoch: other.epoch }));
  return (
    <section
      className={classes.numbers}
      aria-label={t("validation.numbers")}
      data-testid="epoch-numbers"
      data-epoch={detail.epoch}
    >
      {computed ? (
        <Source
          title={t("validation.computed")}
          hint={hints.join("; ")}
          entries={Object.entries(computed)}
          primary={primary.source === "computed" ? primary : null}
          best={other && { epoch: other.epoch, values: other.computed ?? {} }}
        />
      ) : null}
      {reported.length > 0 ? (
        <Source
          title={t("validation.reported")}
          hint={t("validation.reportedHint", { trainer: job.trainer })}
          entries={reported}
          primary={primary.source === "reported" ? primary : null}
          best={other && { epoch: other.epoch, values: reportedOf(other) }}
        />
      ) : null}
    </section>
  );
}

function reportedOf({ metrics, overall_loss: loss }: ResultRow): Record<string, Num> {
  return loss === null ? metrics : { ...metrics, [OVERALL_LOSS]: loss };
}

/** As a metric it has a name in every language. */
const OVERALL_LOSS = "overall loss";
/** A place on an axis: more of it is neither better nor worse. */
const NEITHER = new Set(["best_f1_score"]);

interface SourceProps {
  title: string;
  hint: string;
  entries: readonly [name: string, value: Num][];
  primary: Job["primary_metric"] | null;
  best: { epoch: number; values: Record<string, Num> } | null;
}

function Source({ title, hint, entries, primary, best }: SourceProps) {
  return (
    <div className={classes.source}>
      <div className={classes.title}>
        <strong>{title}</strong> <span>{hint}</span>
      </div>
      <dl className={classes.list}>
        {entries.map(([name, value]) => (
          <div key={name} data-primary={name === primary?.name || undefined}>
            <dt>{name === OVERALL_LOSS ? t("validation.loss") : name}</dt>
            <dd>
              {formatMetric(value)}
              {best && !NEITHER.has(name) ? (
                <Difference
                  value={value}
                  best={best.values[name]}
                  epoch={best.epoch}
                  less={name === primary?.name ? primary.direction === "min" : smallerIsBetter(name)}
                />
              ) : null}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

interface DifferenceProps {
  value: Num;
  best: Num | undefined;
  epoch: number;
  /** Whether less is better. */
  less: boolean;
}

/** Up or down against the best epoch, by sign and arrow; whether that is better is told in words, too. */
function Difference({ value, best, epoch, less }: DifferenceProps) {
  const [here, there] = [toNumber(value), toNumber(best)];
  if (here === null || there === null || !Number.isFinite(here - there)) return null;
  const difference = here - there;
  const size = formatMetric(Math.abs(difference));
  if (difference === 0) {
    return (
      <small title={t("epochs.same", { epoch })} data-testid="versus-best">
        =
      </small>
    );
  }
  const better = difference > 0 !== less;
  const words = t(better ? "epochs.better" : "epochs.worse", { difference: size, epoch });
  return (
    <small data-better={better} title={words} data-testid="versus-best">
      <span aria-hidden="true">
        {difference > 0 ? "▲ +" : "▼ −"}
        {size}
      </span>
      <span className="visually-hidden">{words}</span>
    </small>
  );
}
