import { Button } from "@mantine/core";
import { useState } from "react";
import { useDeleteProject } from "../../api/delete-project";
import type { Project } from "../../api/types";
import { Card } from "../../components/card";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { t } from "../../lib/i18n-people";
import classes from "./project.module.css";

export function DeleteProject({ project, onGone }: { project: Project; onGone: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteProject(project.id, onGone);
  return (
    <Card title={t("project.delete")}>
      <div className={classes.row}>
        <p className={classes.text}>{t("project.deleteText")}</p>
        <Button
          variant="outline"
          color="red"
          size="xs"
          onClick={() => setAsking(true)}
          data-testid="delete-project"
        >
          {t("project.delete")}
        </Button>
      </div>
      {asking ? (
        <ConfirmDialog
          title={t("project.deleteTitle", { name: project.name })}
          text={t("project.deleteConfirm")}
          action={t("project.delete")}
          pending={remove.isPending}
          error={remove.error}
          onClose={() => {
            remove.reset();
            setAsking(false);
          }}
          onConfirm={() => remove.mutate()}
        />
      ) : null}
    </Card>
  );
}
