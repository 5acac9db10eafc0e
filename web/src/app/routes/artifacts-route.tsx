import { getRouteApi } from "@tanstack/react-router";
import { useJob } from "../../api/get-job";
import { ArtifactsPanel } from "../../features/artifacts/artifacts-panel";

const route = getRouteApi("/jobs/$jobId");

export function ArtifactsRoute() {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return job.data ? <ArtifactsPanel job={job.data} /> : null;
}
