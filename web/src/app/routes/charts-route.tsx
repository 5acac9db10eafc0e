import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { ChartsPanel } from "../../features/charts/charts-panel";

const route = getRouteApi("/jobs/$jobId");

export function ChartsRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <ChartsPanel job={job.data} /> : null;
}
