import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useRenameProject } from "../../api/rename-project";
import type { Project } from "../../api/types";
import { Card } from "../../components/card";
import { t } from "../../lib/i18n-people";
import classes from "./project.module.css";

export function RenameProject({ project }: { project: Project }) {
  const rename = useRenameProject(project.id);
  const [name, setName] = useState(project.name);
  const same = name.trim() === project.name || name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!same) rename.mutate(name.trim());
  };
  return (
    <Card title={t("project.rename")}>
      <form className={classes.row} onSubmit={submit}>
        <TextInput
          label={t("projects.name")}
          description={t("project.renameHint")}
          value={name}
          maxLength={200}
          autoComplete="off"
          error={rename.isError ? rename.error.message || t("error.unreachable") : null}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="rename-project"
        />
        <Button type="submit" variant="default" disabled={same} loading={rename.isPending}>
          {t("common.save")}
        </Button>
      </form>
    </Card>
  );
}
