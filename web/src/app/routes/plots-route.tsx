import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { PlotsPanel } from "../../features/plots/plots-panel";

const route = getRouteApi("/jobs/$jobId");

export function PlotsRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <PlotsPanel job={job.data} /> : null;
}
