import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { JobCharts } from "../../features/charts/job-charts";

const route = getRouteApi("/jobs/$jobId");

export function ChartsRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <JobCharts job={job.data} /> : null;
}
