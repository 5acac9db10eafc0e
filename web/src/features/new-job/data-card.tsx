import { NativeSelect } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useDataset } from "../../api/get-dataset";
import { useListDatasets } from "../../api/list-datasets";
import type { DatasetDetail, MyProject, Snapshot, Task } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { Facts } from "../../components/facts";
import { NOTE_BELOW } from "../../components/note-below";
import { formatCount, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-jobs";
import { tasksFor } from "../../lib/tasks";
import { useWas } from "./field-note";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

interface Props {
  form: NewJob;
  projects: readonly MyProject[];
  errors: Partial<Record<string, string>>;
}

export function DataCard({ form, projects, errors }: Props) {
  const { draft, change, setDataset, dataset, snapshot } = form;
  const was = useWas(form);
  const list = useListDatasets(draft.project);
  const { hasNextPage, isFetching, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const datasets = list.data?.pages.flatMap((page) => page.items) ?? [];
  const [only] = datasets;
  const offered = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when all datasets are known
  useEffect(() => {
    if (offered.current || !list.isSuccess || hasNextPage) return;
    offered.current = true;
    // There is nothing to choose.
    if (only && datasets.length === 1 && draft.dataset === null && draft.launcher !== "external") {
      change({ dataset: only.id, snapshot: "" });
    }
  }, [list.isSuccess, hasNextPage]);
  const known = datasets.some((one) => one.id === draft.dataset);
  return (
    <Card title={t("form.data")}>
      <div className={classes.form}>
        {projects.length > 1 || draft.project === null ? (
          <NativeSelect
            label={t("form.project")}
            value={draft.project ?? ""}
            error={errors.project}
            onChange={(event) =>
              change({ project: Number(event.currentTarget.value) || null, dataset: null, snapshot: "" })
            }
            data={[
              ...(draft.project === null ? [{ value: "", label: t("form.choose") }] : []),
              ...projects.map((one) => ({ value: String(one.id), label: one.name })),
            ]}
            data-testid="job-project"
          />
        ) : null}
        <div className={classes.fields}>
          <NativeSelect
            label={t("form.dataset")}
            description={was("dataset")}
            {...NOTE_BELOW}
            value={draft.dataset ?? ""}
            error={errors.dataset}
            onChange={(event) => change({ dataset: Number(event.currentTarget.value) || null, snapshot: "" })}
            data={[
              { value: "", label: t(draft.launcher === "external" ? "form.noDataset" : "form.choose") },
              ...(draft.dataset !== null && !known && dataset
                ? [{ value: String(dataset.id), label: dataset.name }]
                : []),
              ...datasets.map((one) => ({ value: String(one.id), label: one.name })),
            ]}
            data-testid="job-dataset"
          />
          {dataset && draft.dataset !== null ? (
            <NativeSelect
              label={t("form.snapshot")}
              value={draft.snapshot}
              error={errors.snapshot}
              onChange={(event) => change({ snapshot: event.currentTarget.value })}
              data={[
                { value: "", label: t("form.newest") },
                ...dataset.snapshots.map((one) => ({
                  value: one.hash,
                  label: `${one.hash.slice(0, 12)}, ${formatDate(one.created_at)}`,
                })),
              ]}
              data-testid="job-snapshot"
            />
          ) : null}
        </div>
        {draft.dataset === null ? null : (
          <Loaded
            key={draft.dataset}
            id={draft.dataset}
            onLoad={(loaded) => {
              setDataset(loaded);
              const fits = tasksFor(loaded.latest?.task).includes(draft.task);
              change({
                project: draft.project ?? loaded.project_id,
                task: fits ? draft.task : ((loaded.latest?.task as Task | undefined) ?? draft.task),
              });
            }}
          />
        )}
        {snapshot && draft.dataset !== null ? <DatasetFacts snapshot={snapshot} /> : null}
        {list.isSuccess && datasets.length === 0 ? (
          <p className={classes.muted}>
            {t("form.noDatasets")}{" "}
            <ButtonLink size="compact-xs" variant="light" to="/datasets/import">
              {t("first.import")}
            </ButtonLink>
          </p>
        ) : null}
      </div>
    </Card>
  );
}

/** The dataset with its snapshots, told when it is there. */
function Loaded({ id, onLoad }: { id: number; onLoad: (dataset: DatasetDetail) => void }) {
  const { data, error } = useDataset(id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each dataset
  useEffect(() => {
    if (data) onLoad(data);
  }, [data]);
  return error ? <p className={classes.bad}>{error.message || t("error.unreachable")}</p> : null;
}

function DatasetFacts({ snapshot }: { snapshot: Snapshot }) {
  const splits = Object.entries(snapshot.images.by_split).map(
    ([name, count]) => `${name} ${formatCount(count)}`,
  );
  return (
    <Facts
      facts={[
        [t("form.facts.task"), snapshot.task],
        [t("form.facts.images"), splits.join(" · ") || formatCount(snapshot.images.total)],
        [t("form.facts.objects"), formatCount(snapshot.objects)],
        [t("form.facts.classes"), formatCount(snapshot.class_names.length)],
      ]}
    />
  );
}
