import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { useMe } from "../../api/get-me";
import { useProject } from "../../api/get-project";
import { ErrorState, Loading } from "../../components/page-state";
import { ProjectPage } from "../../features/project/project-page";
import { t } from "../../lib/i18n-people";
import { Missing, NotFound } from "../fallbacks";

const route = getRouteApi("/projects/$projectId");

export function ProjectRoute() {
  const { projectId } = route.useParams();
  return Number.isInteger(projectId) && projectId > 0 ? (
    <Known key={projectId} projectId={projectId} />
  ) : (
    <NotFound />
  );
}

function Known({ projectId }: { projectId: number }) {
  const me = useMe();
  const query = useProject(projectId);
  const navigate = useNavigate();
  if (!query.data || !me.data) {
    if (query.error instanceof ApiError && query.error.status === 404) {
      return <Missing title={t("project.notFound", { id: String(projectId) })} />;
    }
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} />
    );
  }
  return <ProjectPage me={me.data} project={query.data} onGone={() => navigate({ to: "/projects" })} />;
}
