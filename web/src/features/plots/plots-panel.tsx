import type { Job } from "../../api/types";
export function PlotsPanel({ job }: { job: Job }) {
  return <p>{job.id}</p>;
}
