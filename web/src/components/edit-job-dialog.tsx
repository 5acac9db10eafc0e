import { Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeJob } from "../api/change-job";
import { t } from "../lib/i18n-jobs";
import { tagFault } from "../lib/job-tags";
import { Dialog } from "./dialog";
import { DialogActions } from "./dialog-actions";
import { TagsField } from "./tags-field";

interface Props {
  job: { id: number; name: string; tags: readonly string[]; project_id: number };
  onClose: () => void;
}

/** Another name, other tags; suggests those that the project's jobs have. */
export default function EditJobDialog({ job, onClose }: Props) {
  const [name, setName] = useState(job.name);
  const [tags, setTags] = useState<string[]>([...job.tags]);
  const change = useChangeJob(job.id);
  const fault = tagFault(tags);
  const nameless = name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (nameless || fault !== null) return;
    change.mutate({ name: name.trim(), tags }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t("edit.title", { id: String(job.id) })} centered>
      <form onSubmit={submit} style={{ display: "grid", gap: 14 }}>
        <TextInput
          label={t("edit.name")}
          value={name}
          maxLength={200}
          error={nameless ? t("edit.noName") : null}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="edit-name"
        />
        <TagsField
          project={job.project_id}
          value={tags}
          comboboxProps={{ position: "top" }}
          onChange={setTags}
          testId="edit-tags"
        />
        {change.isError ? (
          <Text c="red" size="sm" role="alert">
            {change.error.message || t("error.unreachable")}
          </Text>
        ) : null}
        <DialogActions
          label={t("common.save")}
          disabled={nameless || fault !== null}
          busy={change.isPending}
          onClose={onClose}
          testId="save-job"
        />
      </form>
    </Dialog>
  );
}
