import { TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useCreateProject } from "../../api/create-project";
import type { Project } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { DialogActions } from "../../components/dialog-actions";
import { t } from "../../lib/i18n-people";

interface Props {
  onMade: (project: Project) => void;
  onClose: () => void;
}

export function NewProject({ onMade, onClose }: Props) {
  const create = useCreateProject();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate(name.trim(), { onSuccess: onMade });
  };
  return (
    <Dialog opened onClose={onClose} title={t("projects.new")} centered>
      <form onSubmit={submit}>
        <TextInput
          label={t("projects.name")}
          description={t("projects.nameHint")}
          value={name}
          maxLength={200}
          autoComplete="off"
          data-autofocus
          error={create.isError ? create.error.message || t("error.unreachable") : null}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="project-name"
        />
        <DialogActions
          label={t("projects.create")}
          disabled={!name.trim()}
          busy={create.isPending}
          onClose={onClose}
          testId="create-project"
          mt="md"
        />
      </form>
    </Dialog>
  );
}
