import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Job } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-jobs";
import { useMay } from "../../lib/use-may";

const EditJobDialog = lazy(() => import("../../components/edit-job-dialog"));

/** A new job like this one; another name and other tags for this one. */
export function JobChanges({ job }: { job: Job }) {
  const [editing, setEditing] = useState(false);
  if (!useMay("write", job.project_id)) return null;
  return (
    <>
      <ButtonLink
        variant="default"
        size="xs"
        flex="none"
        to="/jobs/new"
        search={{ clone: job.id }}
        leftSection={<Icon name="copy" size={14} />}
        title={t("edit.cloneTitle")}
        data-testid="clone-job"
      >
        {t("edit.clone")}
      </ButtonLink>
      <Button
        variant="default"
        size="xs"
        flex="none"
        px={8}
        aria-label={t("edit.change")}
        title={t("edit.change")}
        onClick={() => setEditing(true)}
        data-testid="edit-job"
      >
        <Icon name="edit" size={14} />
      </Button>
      {editing ? (
        <Suspense fallback={null}>
          <EditJobDialog job={job} onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
