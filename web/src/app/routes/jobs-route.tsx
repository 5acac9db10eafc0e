import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { JobsPage } from "../../features/jobs-list/jobs-page";
import { type JobsPatch, patchJobs } from "../../lib/jobs-search";

const route = getRouteApi("/");

/** Keeps what is shown in the address, so that a link shows a colleague the same. */
export function JobsRoute() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/" });
  const change = useCallback(
    (patch: JobsPatch) =>
      void navigate({ search: (old) => patchJobs(old, patch), replace: true, resetScroll: false }),
    [navigate],
  );
  return <JobsPage search={search} onChange={change} />;
}
