import { getRouteApi, Outlet } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { useJob } from "../../api/get-job";
import { isLive } from "../../api/job-states";
import { useJobStream } from "../../api/job-stream";
import { ErrorState, Loading } from "../../components/page-state";
import { JobHeader } from "../../features/job/job-header";
import { JobNotices } from "../../features/job/job-notices";
import { JobTabs } from "../../features/job/job-tabs";
import { t } from "../../lib/i18n";
import { useTitle } from "../../lib/use-title";
import { Missing, NotFound } from "../fallbacks";

const route = getRouteApi("/jobs/$jobId");

/** What all tabs of a job share: its head, its notices and its live events. */
export function JobRoute() {
  const { jobId } = route.useParams();
  return Number.isInteger(jobId) && jobId > 0 ? <Known key={jobId} jobId={jobId} /> : <NotFound />;
}

function Known({ jobId }: { jobId: number }) {
  const job = useJob(jobId);
  const live = job.data ? isLive(job.data) : false;
  const stream = useJobStream(jobId, live);
  useTitle(job.data?.name ?? t("jobs.job"));
  if (!job.data) {
    if (job.error instanceof ApiError && job.error.status === 404) {
      return <Missing title={t("job.notFound", { id: String(jobId) })} />;
    }
    return job.isError ? (
      <ErrorState error={job.error} retry={() => void job.refetch()} />
    ) : (
      <Loading rows={3} />
    );
  }
  return (
    <>
      <JobHeader job={job.data} stream={stream} />
      <JobNotices job={job.data} />
      <JobTabs jobId={jobId} />
      <Outlet />
    </>
  );
}
