import { TagsInput, TextInput } from "@mantine/core";
import { useJobKinds } from "../../api/job-kinds";
import { Card } from "../../components/card";
import { NOTE_BELOW } from "../../components/note-below";
import { t } from "../../lib/i18n-jobs";
import { MOST_CHARACTERS, MOST_TAGS, normaliseTags, tagFault } from "../../lib/job-tags";
import { useWas } from "./field-note";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

/** How the job is found again. */
export function LabelCard({ form, errors }: { form: NewJob; errors: Partial<Record<string, string>> }) {
  const { draft, change } = form;
  const was = useWas(form);
  const kinds = useJobKinds(draft.project);
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
        <TagsInput
          label={t("edit.tags")}
          {...NOTE_BELOW}
          description={t("edit.tagsHint", { most: MOST_TAGS, characters: MOST_CHARACTERS })}
          value={draft.tags}
          data={kinds.data?.tags.map((one) => one.value) ?? []}
          onChange={(tags) => change({ tags: normaliseTags(tags) })}
          acceptValueOnBlur
          error={errors.tags ?? tagFault(draft.tags)}
          data-testid="job-tags"
        />
      </div>
    </Card>
  );
}
