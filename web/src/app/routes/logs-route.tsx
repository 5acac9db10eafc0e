import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { LogsPanel } from "../../features/logs/logs-panel";

const route = getRouteApi("/jobs/$jobId");

export function LogsRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <LogsPanel job={job.data} /> : null;
}
