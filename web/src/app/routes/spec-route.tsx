import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { JobSpec } from "../../features/job/job-spec";

const route = getRouteApi("/jobs/$jobId");

export function SpecRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <JobSpec job={job.data} /> : null;
}
