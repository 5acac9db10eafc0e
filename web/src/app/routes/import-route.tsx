import { getRouteApi } from "@tanstack/react-router";
import { useMe } from "../../api/get-me";
import { EmptyState } from "../../components/page-state";
import { ImportPage } from "../../features/dataset-import/import-page";
import { t } from "../../lib/i18n-datasets";
import { writable } from "../../lib/permissions";
import { useChosenProject } from "../../lib/project-choice";

const route = getRouteApi("/datasets/import");

export function ImportRoute() {
  const me = useMe();
  const search = route.useSearch();
  const chosen = useChosenProject();
  if (!me.data) return null;
  const projects = writable(me.data);
  if (projects.length === 0)
    return <EmptyState title={t("error.notAllowed")} text={t("import.onlyEditors")} />;
  const usual =
    projects.find((one) => one.id === chosen) ?? (projects.length === 1 ? projects[0] : undefined);
  return (
    <ImportPage
      search={search}
      projects={projects}
      usual={usual?.id ?? null}
      ownServer={me.data.mode === "single" || me.data.is_admin}
    />
  );
}
