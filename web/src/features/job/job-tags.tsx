import { Link } from "@tanstack/react-router";
import type { Job } from "../../api/types";
import { Tag } from "../../components/tag";
import classes from "./job-header.module.css";

/** Each leads to the jobs that have it too. */
export function JobTags({ job }: { job: Job }) {
  return job.tags.map((tag) => (
    <Link key={tag} to="/" search={{ project: job.project_id, tag }} className={classes.tag}>
      <Tag>{tag}</Tag>
    </Link>
  ));
}
