import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Dataset, Task, Trainer } from "../../api/types";
import { Card } from "../../components/card";
import { NOTE_BELOW } from "../../components/note-below";
import { RichText } from "../../components/rich-text";
import { TagsField } from "../../components/tags-field";
import { t as ofDatasets } from "../../lib/i18n-datasets";
import { t } from "../../lib/i18n-sweeps";
import { type Draft, faultsOf } from "./draft";
import classes from "./new-sweep.module.css";

interface Props {
  project: number | null;
  draft: Draft;
  /** Those that dataset and trainer both can. */
  tasks: readonly Task[];
  datasets: readonly Dataset[];
  trainers: readonly Trainer[];
  onChange: (patch: Partial<Draft>) => void;
}

/** What all trials have in common. */
export function TrainingFields({ project, draft, tasks, datasets, trainers, onChange }: Props) {
  const names = trainers.map((one) => one.name);
  return (
    <Card title={t("sweep.trialsTitle")}>
      <div className={classes.fields}>
        <TextInput
          label={t("newSweep.name")}
          value={draft.name}
          maxLength={180}
          autoComplete="off"
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          data-testid="sweep-name"
        />
        <NativeSelect
          label={t("newSweep.dataset")}
          value={draft.dataset}
          data={[
            { value: "", label: "–" },
            ...datasets.map((one) => ({ value: String(one.id), label: one.name })),
          ]}
          onChange={(event) => onChange({ dataset: event.currentTarget.value, task: "" })}
          data-testid="sweep-dataset"
        />
        <NativeSelect
          label={t("newSweep.trainer")}
          value={draft.trainer}
          data={names.includes(draft.trainer) ? names : [draft.trainer, ...names]}
          onChange={(event) => onChange({ trainer: event.currentTarget.value, task: "" })}
          data-testid="sweep-trainer"
        />
        <NativeSelect
          label={t("spec.task")}
          value={draft.task}
          data={
            draft.task
              ? tasks.map((value) => ({ value, label: ofDatasets(`task.${value}`) }))
              : [{ value: "", label: "–" }]
          }
          onChange={(event) =>
            onChange({ task: tasks.find((one) => one === event.currentTarget.value) ?? "" })
          }
          data-testid="sweep-task"
        />
        <TextInput
          label={t("newSweep.model")}
          description={t("newSweep.modelText")}
          {...NOTE_BELOW}
          value={draft.model}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ model: event.currentTarget.value })}
          data-testid="sweep-model"
        />
        <TextInput
          label={t("newSweep.epochs")}
          inputMode="numeric"
          value={draft.epochs}
          onChange={(event) => onChange({ epochs: event.currentTarget.value })}
          data-testid="sweep-epochs"
        />
        <TagsField project={project} value={draft.tags} onChange={(tags) => onChange({ tags })} />
      </div>
      <Textarea
        label={t("newSweep.params")}
        description={<RichText text={t("newSweep.paramsText")} />}
        autosize
        minRows={2}
        mt="sm"
        spellCheck={false}
        value={draft.params}
        error={faultsOf(draft.params, "params")}
        classNames={{ input: classes.code ?? "" }}
        onChange={(event) => onChange({ params: event.currentTarget.value })}
        data-testid="sweep-params"
      />
    </Card>
  );
}
