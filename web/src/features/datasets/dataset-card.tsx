import { Link } from "@tanstack/react-router";
import type { Dataset } from "../../api/types";
import { formatAgo, formatBytes, formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { splitsOf } from "../../lib/splits";
import classes from "./datasets.module.css";

interface Props {
  dataset: Dataset;
  now: number;
  /** Where they are of several projects. */
  showProject: boolean;
}

export function DatasetCard({ dataset, now, showProject }: Props) {
  const { latest } = dataset;
  return (
    <article className={classes.card} data-testid="dataset-card">
      <h2 className={classes.name}>
        <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
          {dataset.name}
        </Link>
      </h2>
      {latest ? (
        <>
          <p className={classes.facts}>
            {showProject ? <span>{dataset.project}</span> : null}
            <span>{latest.task}</span>
            <span>{t("datasets.images", { count: latest.images.total })}</span>
            {latest.task === "classification" ? null : (
              <span>{t("datasets.objects", { count: latest.objects })}</span>
            )}
            <span>{t("datasets.classes", { count: latest.class_names.length })}</span>
            <span>{formatBytes(latest.bytes)}</span>
          </p>
          <p className={classes.facts}>
            {splitsOf(latest.images.by_split).map(([split, count]) => (
              <span key={split}>
                {split} {formatCount(count)}
              </span>
            ))}
            {latest.problem_count > 0 ? (
              <span className={classes.warn}>{t("datasets.warnings", { count: latest.problem_count })}</span>
            ) : null}
            <span>{t("datasets.imported", { time: formatAgo(latest.created_at, now) })}</span>
          </p>
        </>
      ) : (
        <p className={classes.muted}>{t("datasets.empty")}</p>
      )}
    </article>
  );
}
