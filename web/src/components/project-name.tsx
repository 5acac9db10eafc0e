import { Link } from "@tanstack/react-router";
import { useMe } from "../api/get-me";

/** The project that a thing belongs to, where there are several. */
export function ProjectName({ project, id }: { project: string; id: number }) {
  const me = useMe();
  if ((me.data?.projects.length ?? 0) < 2) return null;
  return (
    <Link to="/projects/$projectId" params={{ projectId: id }} data-testid="project-name">
      {project}
    </Link>
  );
}
