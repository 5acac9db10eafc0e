import { useMe } from "../../api/get-me";
import type { MyProject } from "../../api/types";
import { CommandLine } from "../../components/command-line";
import { EmptyState } from "../../components/page-state";
import { t } from "../../lib/i18n";
import { writable } from "../../lib/permissions";
import classes from "./jobs-page.module.css";

/** How the first job comes about; `project` is the one that is looked at, if it is one. */
export function JobsEmpty({ project }: { project: MyProject | undefined }) {
  const me = useMe();
  if (!me.data) return null;
  const mine = writable(me.data);
  if (project ? !mine.includes(project) : mine.length === 0) {
    return <EmptyState title={t("jobs.emptyTitle")} text={t("jobs.emptyViewer")} />;
  }
  const single = me.data.mode === "single";
  const inProject = project && me.data.projects.length > 1 ? ` --project ${quoted(project.name)}` : "";
  return (
    <div className={classes.empty}>
      <EmptyState title={t("jobs.emptyTitle")} text={t(single ? "jobs.emptyText" : "jobs.emptyTextUsers")} />
      <div className={classes.steps}>
        {single ? (
          <>
            <p>{t("jobs.emptyDemo")}</p>
            <CommandLine command="snellen demo" />
          </>
        ) : null}
        <p>{t("jobs.emptyImport")}</p>
        <CommandLine command={`snellen datasets import ./street-signs${inProject}`} />
        <p>{t("jobs.emptyTrain")}</p>
        <CommandLine
          command={`snellen train --dataset street-signs --model yolo11n.yaml --epochs 50${inProject}`}
        />
      </div>
    </div>
  );
}

const quoted = (name: string): string =>
  /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
