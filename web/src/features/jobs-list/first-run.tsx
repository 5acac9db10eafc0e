import type { ReactNode } from "react";
import { useListDatasets } from "../../api/list-datasets";
import { useListImports } from "../../api/list-imports";
import type { Me } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { CommandLine } from "../../components/command-line";
import { Icon } from "../../components/icon";
import { EmptyState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-jobs";
import { writable } from "../../lib/permissions";
import { projectSearch } from "../../lib/project-choice";
import { quoted } from "../../lib/shell-words";
import classes from "./first-run.module.css";

/** From nothing to a running job; `project` is the one that is looked at, null all of them. */
export function FirstRun({ me, project }: { me: Me; project: number | null }) {
  const datasets = useListDatasets(project);
  const imports = useListImports(project);
  const mine = writable(me).filter((one) => project === null || one.id === project);
  if (mine.length === 0) {
    return (
      <EmptyState
        title={t("jobs.emptyTitle")}
        text={t(me.projects.length === 0 ? "first.nowhere" : "first.viewer")}
      />
    );
  }
  if (datasets.isPending) return <Loading rows={3} height={110} />;
  const here = datasets.data?.pages.flatMap((page) => page.items) ?? [];
  const running = imports.data?.items.filter((one) => one.state === "running") ?? [];
  const [newest] = here;
  const single = me.mode === "single";
  const named = me.projects.find((one) => one.id === project);
  const inProject = named && me.projects.length > 1 ? ` --project ${quoted(named.name)}` : "";
  return (
    <div className={classes.page} data-testid="first-run">
      <h1 className={classes.title}>{t("first.title")}</h1>
      <p className={classes.text}>{t("first.text")}</p>
      <ol className={classes.steps}>
        <Step number={1} state={newest ? "done" : "now"} title={t("first.dataset")}>
          {newest ? (
            <p>
              {t("first.datasetDone", {
                count: here.length,
                names:
                  here
                    .slice(0, 3)
                    .map((one) => one.name)
                    .join(", ") + (here.length > 3 ? ", …" : ""),
              })}
            </p>
          ) : null}
          {running.map((one) => (
            <p key={one.id}>
              <ButtonLink
                size="compact-xs"
                variant="light"
                to="/datasets/imports/$importId"
                params={{ importId: one.id }}
              >
                {t("first.importing", { name: one.name ?? `#${one.id}` })}
              </ButtonLink>
            </p>
          ))}
          {newest ? null : <p>{t("first.datasetText")}</p>}
          <div className={classes.actions}>
            <ButtonLink
              size="xs"
              variant={newest ? "default" : "filled"}
              to="/datasets/import"
              search={projectSearch(project)}
              data-testid="first-import"
            >
              {t(newest ? "first.another" : "first.import")}
            </ButtonLink>
          </div>
          {newest ? null : (
            <>
              <CommandLine command={`snellen datasets import ./street-signs${inProject}`} />
              {single ? (
                <>
                  <p>{t("first.demo")}</p>
                  <CommandLine command="snellen demo" />
                </>
              ) : null}
            </>
          )}
        </Step>
        <Step number={2} state={newest ? "now" : "later"} title={t("first.job")}>
          {newest ? (
            <>
              <div className={classes.actions}>
                <ButtonLink size="xs" to="/jobs/new" search={{ dataset: newest.id }} data-testid="first-job">
                  {t("list.new")}
                </ButtonLink>
              </div>
              <p>{t("first.jobText")}</p>
              <CommandLine
                command={`snellen train --dataset ${quoted(newest.name)} --model yolo11n.yaml --epochs 50${inProject}`}
              />
              {single ? null : <p>{t("first.tokens")}</p>}
            </>
          ) : (
            <p>{t("first.jobLater")}</p>
          )}
        </Step>
        <Step number={3} state="later" title={t("first.watch")}>
          <p>{t("first.watchText")}</p>
        </Step>
      </ol>
    </div>
  );
}

interface StepProps {
  number: number;
  state: "done" | "now" | "later";
  title: string;
  children: ReactNode;
}

function Step({ number, state, title, children }: StepProps) {
  return (
    <li className={classes.step} data-state={state} aria-current={state === "now" ? "step" : undefined}>
      <span className={classes.sign} aria-hidden="true">
        {state === "done" ? <Icon name="check" size={14} /> : number}
      </span>
      <div className={classes.body}>
        <h2 className={classes.stepTitle}>
          <span className="visually-hidden">{t("first.step", { number })}: </span>
          {title}
          <small>{t(`first.${state}`)}</small>
        </h2>
        {children}
      </div>
    </li>
  );
}
