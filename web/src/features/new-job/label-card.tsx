import { TextInput } from "@mantine/core";
import { Card } from "../../components/card";
import { NOTE_BELOW } from "../../components/note-below";
import { TagsField } from "../../components/tags-field";
import { t } from "../../lib/i18n-jobs";
import { useWas } from "./field-note";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

/** How the job is found again. */
export function LabelCard({ form, errors }: { form: NewJob; errors: Partial<Record<string, string>> }) {
  const { draft, change } = form;
  const was = useWas(form);
  return (
    <Card title={t("form.label")}>
      <div className={classes.fields}>
        <TextInput
          label={t("edit.name")}
          description={was("name")}
          {...NOTE_BELOW}
          placeholder={t("form.nameUsual")}
          value={draft.name}
          error={errors.name}
          maxLength={200}
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-testid="job-name"
        />
        <TagsField
          project={draft.project}
          value={draft.tags}
          error={errors.tags}
          onChange={(tags) => change({ tags })}
        />
      </div>
    </Card>
  );
}
