import { useNavigate } from "@tanstack/react-router";
import { useMe } from "../../api/get-me";
import { ProjectsPage } from "../../features/projects/projects-page";

export function ProjectsRoute() {
  const me = useMe();
  const navigate = useNavigate();
  if (!me.data) return null;
  return (
    <ProjectsPage
      me={me.data}
      onMade={(projectId) => void navigate({ to: "/projects/$projectId", params: { projectId } })}
    />
  );
}
