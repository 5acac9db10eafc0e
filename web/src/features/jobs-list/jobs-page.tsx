import { Button } from "@mantine/core";
import { useMe } from "../../api/get-me";
import { hasEnded } from "../../api/job-states";
import { useListJobs } from "../../api/list-jobs";
import { ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n";
import { useChosenProject } from "../../lib/project-choice";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import { JobsEmpty } from "./jobs-empty";
import classes from "./jobs-page.module.css";
import { JobsTable } from "./jobs-table";

export function JobsPage() {
  useTitle(t("jobs.title"));
  const project = useChosenProject();
  const query = useListJobs(project);
  const me = useMe();
  const now = useNow(1000);
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const active = jobs.filter((job) => !hasEnded(job.state)).length;
  if (query.isPending) return <Loading rows={6} />;
  if (query.isError && jobs.length === 0) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (jobs.length === 0) return <JobsEmpty project={me.data?.projects.find((one) => one.id === project)} />;
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("jobs.title")}</h1>
        <span className={classes.count}>
          {t(query.hasNextPage ? "jobs.countMore" : "jobs.count", { count: jobs.length })}
          {active > 0 ? ` · ${t("jobs.active", { count: active })}` : null}
        </span>
      </div>
      <JobsTable
        jobs={jobs}
        now={now}
        showProject={project === null && (me.data?.projects.length ?? 0) > 1}
      />
      {query.hasNextPage ? (
        <div className={classes.more}>
          <Button
            variant="default"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t("common.loadMore")}
          </Button>
        </div>
      ) : null}
    </>
  );
}
