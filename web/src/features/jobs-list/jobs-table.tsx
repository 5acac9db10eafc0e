import { Checkbox } from "@mantine/core";
import { Fragment } from "react";
import type { Me, JobRow as Row } from "../../api/types";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-jobs";
import { type JobSort, type JobsPatch, type JobsSearch, sortBy, usualOrder } from "../../lib/jobs-search";
import { JobRow } from "./job-row";
import classes from "./jobs-page.module.css";

interface Props {
  jobs: readonly Row[];
  now: number;
  me: Me;
  /** Where they are of several projects. */
  showProject: boolean;
  search: JobsSearch;
  onChange: (patch: JobsPatch) => void;
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
}

/** A table on a wide screen; its rows become cards on a narrow one. */
export function JobsTable({ jobs, now, me, showProject, search, onChange, chosen, onChoose }: Props) {
  const shown = jobs.filter((job) => chosen.has(job.id)).length;
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  const head = (sort: JobSort, text: string) => (
    <SortHead sort={sort} text={text} search={search} onChange={onChange} />
  );
  return (
    <div className={classes.table}>
      <table className="table">
        <thead>
          <tr>
            <th className={classes.cellChoice}>
              <Checkbox
                size="xs"
                aria-label={t("list.chooseAll")}
                checked={shown === jobs.length}
                indeterminate={shown > 0 && shown < jobs.length}
                onChange={() =>
                  onChoose(shown === jobs.length ? new Set() : new Set(jobs.map((job) => job.id)))
                }
                data-testid="choose-all"
              />
            </th>
            {head("name", t("jobs.job"))}
            {head("state", t("jobs.state"))}
            <th>{t("jobs.model")}</th>
            {head("epochs", t("jobs.progress"))}
            {head("best", t("jobs.best"))}
            {head("created", t("jobs.started"))}
            <th />
          </tr>
        </thead>
        <tbody>
          {jobs.map((job, at) => (
            <Fragment key={job.id}>
              {search.sort === "best" && metricOf(job) !== metricOf(jobs[at - 1]) ? (
                <Group job={job} />
              ) : null}
              <JobRow
                job={job}
                now={now}
                me={me}
                showProject={showProject}
                chosen={chosen.has(job.id)}
                onChoose={() => toggle(job.id)}
                onTag={(tag) => onChange({ tag })}
              />
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Values of different metrics are never compared: each stands under its own. */
function Group({ job }: { job: Row }) {
  const { name, source, direction } = job.primary_metric;
  return (
    <tr className={classes.group} data-testid="metric-group">
      <th colSpan={8} scope="rowgroup">
        {t("list.group", { name, source: t(`source.${source}`), direction: t(`metric.${direction}`) })}
      </th>
    </tr>
  );
}

const metricOf = (job: Row | undefined): string =>
  job ? `${job.primary_metric.name} ${job.primary_metric.source}` : "";

interface HeadProps {
  sort: JobSort;
  text: string;
  search: JobsSearch;
  onChange: (patch: JobsPatch) => void;
}

function SortHead({ sort, text, search, onChange }: HeadProps) {
  const active = (search.sort ?? "created") === sort;
  const order = search.order ?? usualOrder(sort);
  return (
    <th aria-sort={active ? (order === "asc" ? "ascending" : "descending") : "none"}>
      <button
        type="button"
        className={classes.sort}
        data-active={active || undefined}
        onClick={() => onChange(sortBy(search, sort))}
        data-testid={`sort-${sort}`}
      >
        {text}
        {active ? <Icon name={order === "asc" ? "up" : "down"} size={11} /> : null}
      </button>
    </th>
  );
}
