import { NativeSelect } from "@mantine/core";
import { ButtonLink } from "../../components/button-link";
import { type Fact, Facts } from "../../components/facts";
import { Notice } from "../../components/notice";
import { ProjectName } from "../../components/project-name";
import type { DatasetView } from "../../lib/dataset-search";
import { formatBytes, formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { shortHash, snapshotText } from "../../lib/snapshot-text";
import { splitsOf } from "../../lib/splits";
import { useMay } from "../../lib/use-may";
import classes from "./dataset.module.css";

/** Which dataset and which of its versions, in numbers. */
export function DatasetHeader({ dataset, snapshot, onChange }: Omit<DatasetView, "search">) {
  const { latest, snapshots } = dataset;
  const mayWrite = useMay("write", dataset.project_id);
  const isLatest = snapshot.hash === latest?.hash;
  return (
    <div className={classes.header}>
      <div className={classes.head}>
        <h1 className={classes.title}>{dataset.name}</h1>
        {snapshots.length > 1 ? (
          <NativeSelect
            size="xs"
            aria-label={t("dataset.version")}
            value={snapshot.hash}
            onChange={(event) => {
              const { value } = event.currentTarget;
              // Another version may have other splits, and other numbers for its classes.
              const snapshot = value === latest?.hash ? undefined : value;
              onChange({ snapshot, split: undefined, class: undefined });
            }}
            data={snapshots.map((one) => ({ value: one.hash, label: snapshotText(one, latest) }))}
            data-testid="choose-version"
          />
        ) : (
          <code className={classes.muted}>{shortHash(snapshot.hash)}</code>
        )}
        <span className={classes.muted}>
          <ProjectName project={dataset.project} id={dataset.project_id} />
        </span>
        {mayWrite ? (
          <span className={classes.actions}>
            <ButtonLink
              size="xs"
              variant="default"
              to="/datasets/import"
              search={{ name: dataset.name, project: dataset.project_id }}
              data-testid="new-version"
            >
              {t("dataset.newVersion")}
            </ButtonLink>
          </span>
        ) : null}
      </div>
      {isLatest ? null : (
        <Notice tone="warn" testId="older-version">
          {t("dataset.older", { hash: shortHash(snapshot.hash) })}
        </Notice>
      )}
      <Facts boxed facts={factsOf(snapshot)} />
    </div>
  );
}

function factsOf(snapshot: DatasetView["snapshot"]): Fact[] {
  const { task } = snapshot;
  return [
    [t("dataset.task"), isTask(task) ? t(`task.${task}`) : task],
    [t("dataset.images"), formatCount(snapshot.images.total)],
    ...splitsOf(snapshot.images.by_split).map(([split, count]): Fact => [split, formatCount(count)]),
    ...(task === "classification" ? [] : [[t("dataset.objects"), formatCount(snapshot.objects)] as const]),
    [t("spec.classes"), formatCount(snapshot.class_names.length)],
    [t("problems.title"), formatCount(snapshot.problem_count)],
    [t("dataset.size"), formatBytes(snapshot.bytes)],
  ];
}

const isTask = (text: string): text is "detection" | "segmentation" | "pose" | "classification" =>
  ["detection", "segmentation", "pose", "classification"].includes(text);
