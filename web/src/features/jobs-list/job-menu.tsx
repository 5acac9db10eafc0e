import { ActionIcon, Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { JobRow, Me } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-jobs";
import { mayIn } from "../../lib/permissions";

const EditJobDialog = lazy(() => import("../../components/edit-job-dialog"));

/** What can be done with one job; nothing for who may only look. */
export function JobMenu({ job, me }: { job: JobRow; me: Me }) {
  const [editing, setEditing] = useState(false);
  if (!mayIn(me, "write", job.project_id)) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("list.menu", { name: job.name })}
            data-testid="job-menu"
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            renderRoot={(props) => <Link to="/jobs/new" search={{ clone: job.id }} {...props} />}
            data-testid="clone-job"
          >
            {t("list.clone")}
          </Menu.Item>
          <Menu.Item onClick={() => setEditing(true)} data-testid="edit-job">
            {t("list.edit")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {editing ? (
        <Suspense fallback={null}>
          <EditJobDialog job={job} onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
