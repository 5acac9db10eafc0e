import { Link } from "@tanstack/react-router";
import classes from "./queue.module.css";

/** A job with its number and its project. */
export function JobName({ id, name, project }: { id: number; name: string; project: string }) {
  return (
    <>
      <Link to="/jobs/$jobId" params={{ jobId: id }} className={classes.name}>
        {name}
      </Link>
      <span className={classes.minor}>
        #{id} · {project}
      </span>
    </>
  );
}
