import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useJob } from "../../api/get-job";
import { LogsPanel } from "../../features/logs/logs-panel";
import { type LogSearch, readLogSearch } from "../../lib/log-search";

const route = getRouteApi("/jobs/$jobId/logs");

/** The address keeps the line, so that a link shows a colleague the same. */
export function LogsRoute() {
  const { jobId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/jobs/$jobId/logs" });
  const job = useJob(jobId);
  const change = useCallback(
    (patch: LogSearch) =>
      void navigate({
        search: (old) => readLogSearch({ ...old, ...patch }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return job.data ? <LogsPanel key={jobId} job={job.data} search={search} onChange={change} /> : null;
}
