import { useState } from "react";
import { useMe } from "../../api/get-me";
import { useJobKinds } from "../../api/job-kinds";
import { useListJobs } from "../../api/list-jobs";
import type { Me } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Icon } from "../../components/icon";
import { LoadMore } from "../../components/load-more";
import { PageHead } from "../../components/page-head";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-jobs";
import { FILTERS, isFiltered, type JobsPatch, type JobsSearch, listOf } from "../../lib/jobs-search";
import { writable } from "../../lib/permissions";
import { projectSearch, useChosenProject } from "../../lib/project-choice";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import { FirstRun } from "./first-run";
import { JobFilters } from "./job-filters";
import { JobsTable } from "./jobs-table";
import { SelectionBar } from "./selection-bar";

interface Props {
  search: JobsSearch;
  onChange: (patch: JobsPatch) => void;
}

export function JobsPage({ search, onChange }: Props) {
  useTitle(t("jobs.title"));
  const me = useMe();
  const project = useChosenProject();
  const kinds = useJobKinds(project);
  const query = useListJobs({
    project,
    ...Object.fromEntries(FILTERS.map((name) => [name, listOf(search[name])])),
    search: search.search,
    sort: search.sort,
    order: search.order,
  });
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const now = useNow(1000);
  const mayWrite = me.data !== undefined && mayStart(me.data, project);
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending || !me.data) return <Loading rows={6} />;
  if (query.isError && jobs.length === 0) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  const filtered = isFiltered(search);
  if (jobs.length === 0 && !filtered) return <FirstRun me={me.data} project={project} />;
  const total = kinds.data?.total ?? jobs.length;
  const active = ACTIVE.reduce((sum, state) => sum + countOf(kinds.data?.states, state), 0);
  return (
    <>
      <PageHead
        title={t("jobs.title")}
        note={
          <>
            {t(query.hasNextPage ? "jobs.countMore" : "jobs.count", { count: jobs.length })}
            {filtered || query.hasNextPage ? ` ${t("list.total", { count: total })}` : null}
            {active > 0 ? ` · ${t("jobs.active", { count: active })}` : null}
          </>
        }
        actions={
          mayWrite ? (
            <ButtonLink
              size="xs"
              to="/jobs/new"
              search={projectSearch(project)}
              leftSection={<Icon name="plus" size={14} />}
              data-testid="new-job"
            >
              {t("list.new")}
            </ButtonLink>
          ) : null
        }
      />
      <JobFilters search={search} kinds={kinds.data} onChange={onChange} />
      <SelectionBar
        jobs={jobs.filter((job) => chosen.has(job.id))}
        me={me.data}
        onClear={() => setChosen(new Set())}
      />
      {jobs.length === 0 ? (
        <EmptyState title={t("list.noMatch")} text={t("list.noMatchText", { count: total })} />
      ) : (
        <JobsTable
          jobs={jobs}
          now={now}
          me={me.data}
          showProject={project === null && me.data.projects.length > 1}
          search={search}
          onChange={onChange}
          chosen={chosen}
          onChoose={setChosen}
        />
      )}
      <LoadMore query={query} />
    </>
  );
}

const ACTIVE = ["queued", "starting", "running", "lost"];

const countOf = (counted: readonly { value: string; count: number }[] | undefined, value: string): number =>
  counted?.find((one) => one.value === value)?.count ?? 0;

function mayStart(me: Me, project: number | null): boolean {
  const mine = writable(me);
  return project === null ? mine.length > 0 : mine.some((one) => one.id === project);
}
