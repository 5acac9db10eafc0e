import type { Job } from "../../api/types";
export function LogsPanel({ job }: { job: Job }) {
  return <p>{job.id}</p>;
}
