import type { ReactNode } from "react";
import type { Job } from "../../api/types";
import { Card } from "../../components/card";
import { formatDate } from "../../lib/format";
import { t } from "../../lib/i18n";
import { t as ofQueue } from "../../lib/i18n-queue";
import { resourcesText } from "../../lib/resources";
import classes from "./job-spec.module.css";

/** What the job was asked to do, as it was asked. */
export function JobSpec({ job }: { job: Job }) {
  const { primary_metric: primary, dataset } = job;
  return (
    <div className={classes.grid}>
      <Card title={t("spec.job")}>
        <Facts
          rows={[
            [t("spec.id"), job.id],
            [t("spec.name"), job.name],
            [t("spec.trainer"), job.trainer],
            [t("spec.task"), job.task],
            [t("spec.model"), job.model],
            [t("spec.epochs"), job.epochs],
            [
              t("spec.primary"),
              `${primary.name} (${t(`source.${primary.source}`)}, ${t(`metric.${primary.direction}`)})`,
            ],
            [t("spec.launcher"), job.launcher],
            [t("spec.attempt"), job.attempt],
            [t("spec.resources"), resourcesText(job.resources) ?? ofQueue("resources.none")],
            ...restartsOf(job),
            [t("spec.client"), <code key="id">{job.client_id}</code>],
            [t("spec.mlflow"), job.mlflow_run_id ? <code key="run">{job.mlflow_run_id}</code> : "–"],
          ]}
        />
      </Card>
      <Card title={t("spec.parameters")}>
        {Object.keys(job.params).length > 0 ? (
          <Facts
            rows={Object.entries(job.params).map(([name, value]) => [
              <code key={name}>{name}</code>,
              shown(value),
            ])}
          />
        ) : (
          <p className={classes.none}>{t("spec.noParameters")}</p>
        )}
      </Card>
      {dataset ? (
        <Card title={t("spec.dataset")}>
          <Facts
            rows={[
              [t("spec.name"), dataset.name],
              [t("spec.snapshot"), <code key="hash">{dataset.snapshot}</code>],
              [t("spec.classes"), dataset.class_names.join(", ")],
            ]}
          />
        </Card>
      ) : null}
      <Card title={t("spec.times")}>
        <Facts
          rows={[
            [t("spec.created"), when(job.created_at)],
            [t("spec.started"), when(job.started_at)],
            [t("spec.ended"), when(job.ended_at)],
            [t("spec.heartbeat"), when(job.heartbeat_at)],
          ]}
        />
      </Card>
    </div>
  );
}

function restartsOf({ restarts, restarted }: Job): [string, string][] {
  if (restarts === 0 && restarted === 0) return [];
  return [[t("spec.restarts"), t("spec.restarted", { count: restarted, most: restarts })]];
}

const when = (time: number | null): string => (time === null ? "–" : formatDate(time));

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const parts = Object.entries(value).map(
      ([name, inner]) => `${name} ${inner === null ? "–" : shown(inner)}`,
    );
    return parts.join(", ") || "–";
  }
  return JSON.stringify(value);
}

function Facts({ rows }: { rows: [label: ReactNode, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {rows.map(([label, value], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are fixed
        <div key={at}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
