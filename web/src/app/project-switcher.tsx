import { NativeSelect } from "@mantine/core";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Me } from "../api/types";
import { t } from "../lib/i18n";
import { projectSearch, rememberProject, useChosenProject } from "../lib/project-choice";
import classes from "./shell.module.css";

const LISTS = ["/", "/datasets"] as const;
const DATASETS = "/datasets";

/** Chooses whose jobs and datasets the lists show; the address carries it, and this browser remembers it. */
export function ProjectSwitcher({ me }: { me: Me }) {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const chosen = useChosenProject();
  const list = LISTS.find((one) => one === pathname);
  const named = list && "project" in search && search.project !== undefined;
  const known = me.projects.some((one) => one.id === chosen);
  useEffect(() => {
    if (!list || chosen === null) return;
    if (!named) void navigate({ to: list, search: { project: chosen }, replace: true });
    else if (known) rememberProject(chosen);
  }, [list, named, known, chosen, navigate]);
  const choose = (text: string) => {
    const project = text === "" ? null : Number(text);
    rememberProject(project);
    const to = list ?? (pathname.startsWith(DATASETS) ? DATASETS : "/");
    void navigate({ to, search: projectSearch(project) });
  };
  return (
    <NativeSelect
      size="xs"
      className={classes.project ?? ""}
      aria-label={t("nav.project")}
      value={chosen === null ? "" : String(chosen)}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: "", label: t("nav.allProjects") },
        ...me.projects.map((one) => ({ value: String(one.id), label: one.name })),
        // An address may name one that isn't theirs; there must be a way back.
        ...(chosen === null || known ? [] : [{ value: String(chosen), label: `#${chosen}` }]),
      ]}
      data-testid="project-switcher"
    />
  );
}
