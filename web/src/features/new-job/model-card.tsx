import { NativeSelect, TextInput } from "@mantine/core";
import { useId } from "react";
import type { Task, Trainer } from "../../api/types";
import { Card } from "../../components/card";
import { NOTE_BELOW } from "../../components/note-below";
import { Notice } from "../../components/notice";
import { t as ofDatasets } from "../../lib/i18n-datasets";
import { t } from "../../lib/i18n-jobs";
import { tasksFor } from "../../lib/tasks";
import { useWas } from "./field-note";
import { InitFields } from "./init-fields";
import { modelsOf } from "./models";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

interface Props {
  form: NewJob;
  trainers: readonly Trainer[];
  errors: Partial<Record<string, string>>;
}

export function ModelCard({ form, trainers, errors }: Props) {
  const { draft, change, trainer, snapshot, code, mayRunCode } = form;
  const was = useWas(form);
  const id = useId();
  const models = modelsOf(trainer, draft.task);
  const fitting = tasksFor(snapshot?.task).filter(
    (task) => !trainer?.installed || trainer.tasks.includes(task),
  );
  const tasks = fitting.includes(draft.task) ? fitting : [draft.task, ...fitting];
  const names = trainers.map((one) => one.name);
  return (
    <Card title={t("form.model")}>
      <div className={classes.form}>
        <div className={classes.fields}>
          <NativeSelect
            label={t("spec.trainer")}
            description={was("trainer")}
            {...NOTE_BELOW}
            value={draft.trainer}
            error={errors.trainer}
            onChange={(event) => change({ trainer: event.currentTarget.value })}
            data={(names.includes(draft.trainer) ? names : [draft.trainer, ...names]).map((name) => {
              const one = trainers.find((each) => each.name === name);
              const label = one?.installed
                ? `${name} ${one.version ?? ""}`
                : t("form.notInstalled", { name });
              return { value: name, label };
            })}
            data-testid="job-trainer"
          />
          <NativeSelect
            label={t("spec.task")}
            description={was("task")}
            {...NOTE_BELOW}
            value={draft.task}
            error={errors.task}
            onChange={(event) => change({ task: event.currentTarget.value as Task })}
            data={tasks.map((value) => ({ value, label: ofDatasets(`task.${value}`) }))}
            data-testid="job-task"
          />
          <TextInput
            label={t("spec.model")}
            description={was("model")}
            {...NOTE_BELOW}
            value={draft.model}
            error={errors.model}
            list={id}
            maxLength={1000}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ model: event.currentTarget.value })}
            data-testid="job-model"
          />
          <datalist id={id}>
            {models.map((model) => (
              <option key={model} value={model} />
            ))}
          </datalist>
        </div>
        <InitFields form={form} error={errors.init_from} />
        {code ? (
          <Notice tone={mayRunCode ? "plain" : "bad"} testId="needs-code">
            {code} {t(mayRunCode ? "form.code.may" : "form.code.mayNot")}
          </Notice>
        ) : null}
      </div>
    </Card>
  );
}
