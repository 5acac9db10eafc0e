import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useCreateSweep } from "../../api/create-sweep";
import { useListDatasets } from "../../api/list-datasets";
import { useLaunchers } from "../../api/list-launchers";
import { useListTrainers } from "../../api/list-trainers";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { CopyLine } from "../../components/copy-line";
import { Notice } from "../../components/notice";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-sweeps";
import { useChosenProject } from "../../lib/project-choice";
import { offerOf } from "../../lib/resources";
import { tasksFor } from "../../lib/tasks";
import { useTitle } from "../../lib/use-title";
import { bodyOf, commandOf, type Draft, EMPTY, isWhole } from "./draft";
import classes from "./new-sweep.module.css";
import { PlaceFields } from "./place-fields";
import { SearchFields } from "./search-fields";
import { TrainingFields } from "./training-fields";

/** What to search, with what, and how; ranges are written as in the command. */
export function NewSweepPage({ onMade }: { onMade: (id: number) => void }) {
  useTitle(t("sweeps.new"));
  const project = useChosenProject();
  const datasets = useListDatasets(project);
  const trainers = useListTrainers();
  const launchers = useLaunchers();
  const create = useCreateSweep();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const change = (patch: Partial<Draft>) => setDraft((old) => ({ ...old, ...patch }));
  const found = datasets.data?.pages.flatMap((page) => page.items);
  if (!found || !trainers.data || !launchers.data) {
    const failed = [datasets, trainers, launchers].find((one) => one.isError);
    return failed ? (
      <ErrorState error={failed.error} retry={() => void failed.refetch()} />
    ) : (
      <Loading rows={6} />
    );
  }
  if (found.length === 0) {
    return (
      <EmptyState title={t("sweeps.new")} text={t("newSweep.noDatasets")}>
        <ButtonLink to="/datasets/import" size="xs">
          {t("nav.datasets")}
        </ButtonLink>
      </EmptyState>
    );
  }
  const places = launchers.data.items;
  const launcher = draft.launcher || (places.find((one) => one.is_default)?.name ?? "");
  const trainer = trainers.data.items.find((one) => one.name === draft.trainer);
  const offer = offerOf(places, launcher, trainer);
  const dataset = found.find((one) => String(one.id) === draft.dataset);
  const tasks = tasksFor(dataset?.latest?.task).filter((task) => trainer?.tasks.includes(task) ?? true);
  // What is sent is what the form shows.
  const asked: Draft = { ...draft, task: draft.task || (dataset ? (tasks[0] ?? "") : "") };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole(asked, offer))
      create.mutate(bodyOf(asked, project, offer), { onSuccess: (sweep) => onMade(sweep.id) });
  };
  return (
    <form onSubmit={submit}>
      <PageHead title={t("sweeps.new")} text={t("sweeps.emptyText")} />
      <div className={classes.cards}>
        <TrainingFields
          project={project}
          draft={asked}
          tasks={tasks}
          datasets={found}
          trainers={trainers.data.items.filter((one) => one.installed)}
          onChange={change}
        />
        <SearchFields task={asked.task || "detection"} draft={asked} onChange={change} />
        <PlaceFields draft={{ ...draft, launcher }} launchers={places} offer={offer} onChange={change} />
        <Card title={t("sweep.command")}>
          <CopyLine text={commandOf(asked, dataset?.name ?? "", offer)} prompt="$" wrap />
        </Card>
        {create.isError ? (
          <Notice tone="bad" testId="sweep-refused">
            {create.error.message || t("error.unreachable")}
          </Notice>
        ) : null}
        <div>
          <Button
            type="submit"
            disabled={!isWhole(asked, offer)}
            loading={create.isPending}
            data-testid="start-sweep"
          >
            {t("newSweep.start")}
          </Button>
        </div>
      </div>
    </form>
  );
}
