import { type FormEvent, useState } from "react";
import { useCreateJob } from "../../api/create-job";
import type { JobCreated, Launcher, Me, MyProject, Trainer } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { CopyLine } from "../../components/copy-line";
import { Dialog } from "../../components/dialog";
import { PageHead } from "../../components/page-head";
import { t } from "../../lib/i18n-jobs";
import { useTitle } from "../../lib/use-title";
import { DataCard } from "./data-card";
import { type Draft, storeDraft } from "./draft";
import { type Original, OriginalJob } from "./field-note";
import { LabelCard } from "./label-card";
import { ModelCard } from "./model-card";
import classes from "./new-job.module.css";
import { ParamsCard } from "./params-card";
import { RunCard } from "./run-card";
import { faultsOf } from "./server-faults";
import { SummaryCard } from "./summary-card";
import { useNewJob } from "./use-new-job";

interface Props {
  me: Me;
  projects: readonly MyProject[];
  trainers: readonly Trainer[];
  launchers: readonly Launcher[];
  /** Which form this is, so that what was filled in is found again. */
  origin: string;
  initial: Draft;
  original: Original | null;
  /** Leads to the job that was made. */
  onMade: (id: number) => void;
}

/** A form from the trainer's own description of what it takes. */
export function NewJobPage({ me, projects, trainers, launchers, origin, initial, original, onMade }: Props) {
  useTitle(t("form.title"));
  const form = useNewJob({ origin, initial, trainers, launchers, me });
  const create = useCreateJob();
  const [external, setExternal] = useState<JobCreated | null>(null);
  const refused = faultsOf(create.error);
  const errors = { ...refused.fields, ...form.faults };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!form.ready || create.isPending) return;
    create.mutate(form.body, {
      onSuccess: (made) => {
        storeDraft(origin, null);
        if (made.job_token) setExternal(made);
        else onMade(made.id);
      },
    });
  };
  return (
    <OriginalJob.Provider value={original}>
      <PageHead
        title={original ? t("form.cloneTitle", { id: String(original.id) }) : t("form.title")}
        text={t(original ? "form.cloneText" : "form.text")}
      />
      <form
        className={classes.page}
        onSubmit={submit}
        onKeyDown={(event) => {
          // Enter in a field of a long form starts nothing.
          if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
        }}
        noValidate
      >
        <div className={classes.cards}>
          <DataCard form={form} projects={projects} errors={errors} />
          <ModelCard form={form} trainers={trainers} errors={errors} />
          <RunCard form={form} errors={errors} />
          <ParamsCard form={form} refused={refused.params} />
          <LabelCard form={form} errors={errors} />
        </div>
        <SummaryCard form={form} projects={me.projects} error={create.error} pending={create.isPending} />
      </form>
      {external?.job_token ? (
        <Dialog
          opened
          onClose={() => onMade(external.id)}
          title={t("form.tokenTitle", { id: String(external.id) })}
          centered
        >
          <p className={classes.muted}>{t("form.tokenText")}</p>
          <CopyLine text={external.job_token} wrap testId="job-token" />
          <ButtonLink size="xs" mt="md" to="/jobs/$jobId" params={{ jobId: external.id }}>
            {t("form.toJob")}
          </ButtonLink>
        </Dialog>
      ) : null}
    </OriginalJob.Provider>
  );
}
