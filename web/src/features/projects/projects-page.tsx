import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useListProjects } from "../../api/list-projects";
import type { Me, Project } from "../../api/types";
import { Card } from "../../components/card";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { Tag } from "../../components/tag";
import { formatCount, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-people";
import { administers } from "../../lib/permissions";
import { useTitle } from "../../lib/use-title";
import { NewProject } from "./new-project";

/** The projects that one sees, with what one is in them. */
export function ProjectsPage({ me, onMade }: { me: Me; onMade: (id: number) => void }) {
  useTitle(t("projects.title"));
  const query = useListProjects();
  const [making, setMaking] = useState(false);
  const mayMake = administers(me);
  return (
    <>
      <PageHead
        title={t("projects.title")}
        note={query.data ? t("projects.count", { count: query.data.items.length }) : null}
        actions={
          mayMake ? (
            <Button size="xs" onClick={() => setMaking(true)} data-testid="new-project">
              {t("projects.new")}
            </Button>
          ) : null
        }
        text={t(mayMake ? "projects.text" : "projects.textMember")}
      />
      {query.data ? (
        query.data.items.length === 0 ? (
          <EmptyState title={t("projects.none")} text={t("account.noProjects")} />
        ) : (
          <Table projects={query.data.items} />
        )
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={3} />
      )}
      {making ? (
        <NewProject onClose={() => setMaking(false)} onMade={(project) => onMade(project.id)} />
      ) : null}
    </>
  );
}

function Table({ projects }: { projects: readonly Project[] }) {
  return (
    <Card title={t("projects.title")} flush>
      <table className="table stacked">
        <thead>
          <tr>
            <th>{t("projects.project")}</th>
            <th>{t("projects.role")}</th>
            <th>{t("projects.runCode")}</th>
            <th className="number">{t("projects.members")}</th>
            <th className="number">{t("projects.created")}</th>
          </tr>
        </thead>
        <tbody>
          {projects.map((one) => (
            <tr key={one.id} data-testid="project" data-name={one.name}>
              <td>
                <Link to="/projects/$projectId" params={{ projectId: one.id }}>
                  {one.name}
                </Link>
              </td>
              <td data-label={t("projects.role")}>
                <Tag tone="accent">{t(`role.${one.role}`)}</Tag>
              </td>
              <td data-label={t("projects.runCode")}>{t(one.run_code ? "common.yes" : "common.no")}</td>
              <td data-label={t("projects.members")} className="number">
                {formatCount(one.members)}
              </td>
              <td data-label={t("projects.created")} className="number">
                {formatDate(one.created_at)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
