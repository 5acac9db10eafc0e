import { NativeSelect, Switch } from "@mantine/core";
import { useEffect, useState } from "react";
import { useJob } from "../../api/get-job";
import { useJobArtifacts } from "../../api/job-artifacts";
import { useListJobs } from "../../api/list-jobs";
import type { Job } from "../../api/types";
import { FilterField } from "../../components/filter-field";
import { t } from "../../lib/i18n-jobs";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

/** The weights of another job to begin with. */
export function InitFields({ form, error }: { form: NewJob; error: string | undefined }) {
  const { draft, change } = form;
  const [open, setOpen] = useState(draft.initJob !== null);
  return (
    <>
      <Switch
        label={t("form.init")}
        description={t("form.initHint")}
        checked={open}
        onChange={(event) => {
          setOpen(event.currentTarget.checked);
          if (!event.currentTarget.checked) change({ initJob: null, initFrom: null });
        }}
        data-testid="use-init"
      />
      {open ? <Choice form={form} error={error} /> : null}
    </>
  );
}

function Choice({ form, error }: { form: NewJob; error: string | undefined }) {
  const { draft, change, setParent } = form;
  const [search, setSearch] = useState("");
  const jobs = useListJobs({
    project: draft.project,
    trainer: [draft.trainer],
    task: [draft.task],
    search: search.trim() || undefined,
  });
  const found = jobs.data?.pages.flatMap((page) => page.items).filter((job) => job.last_epoch !== null) ?? [];
  const shown = found.some((job) => job.id === draft.initJob);
  return (
    <>
      <div className={classes.fields}>
        <div className={classes.stack}>
          <NativeSelect
            label={t("form.initJob")}
            value={draft.initJob ?? ""}
            onChange={(event) =>
              change({ initJob: Number(event.currentTarget.value) || null, initFrom: null })
            }
            data={[
              ...(draft.initJob === null ? [{ value: "", label: t("form.choose") }] : []),
              ...(draft.initJob !== null && !shown
                ? [{ value: String(draft.initJob), label: `#${draft.initJob}` }]
                : []),
              ...found.map((job) => ({ value: String(job.id), label: `#${job.id} ${job.name}` })),
            ]}
            data-testid="init-job"
          />
          <FilterField label={t("list.search")} value={search} onChange={setSearch} className={undefined} />
        </div>
        {draft.initJob === null ? null : (
          <Checkpoints
            key={draft.initJob}
            job={draft.initJob}
            value={draft.initFrom}
            error={error}
            onJob={(job) => {
              setParent(job);
              if (draft.model === "") change({ model: job.model });
            }}
            onChange={(initFrom) => change({ initFrom })}
          />
        )}
      </div>
      {jobs.isSuccess && found.length === 0 ? <p className={classes.muted}>{t("form.initNone")}</p> : null}
    </>
  );
}

interface CheckpointsProps {
  job: number;
  value: number | null;
  error: string | undefined;
  onJob: (job: Job) => void;
  onChange: (artifact: number | null) => void;
}

function Checkpoints({ job: id, value, error, onJob, onChange }: CheckpointsProps) {
  const job = useJob(id);
  const artifacts = useJobArtifacts(id);
  const { data } = job;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each job
  useEffect(() => {
    if (data) onJob(data);
  }, [data?.id]);
  const checkpoints = artifacts.data?.filter((one) => one.kind === "checkpoint") ?? [];
  return (
    <NativeSelect
      label={t("form.checkpoint")}
      value={value ?? ""}
      error={value === null ? error : undefined}
      onChange={(event) => onChange(Number(event.currentTarget.value) || null)}
      data={[
        ...(value === null ? [{ value: "", label: t("form.choose") }] : []),
        ...checkpoints.map((one) => ({
          value: String(one.id),
          label: one.epoch === null ? one.name : `${one.name}, ${t("metric.epoch", { epoch: one.epoch })}`,
        })),
      ]}
      data-testid="init-checkpoint"
    />
  );
}
