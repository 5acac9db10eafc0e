import type { Job } from "../../api/types";
export function ArtifactsPanel({ job }: { job: Job }) {
  return <p>{job.id}</p>;
}
