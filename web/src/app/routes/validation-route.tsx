import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useJob } from "../../api/get-job";
import { EpochStrip } from "../../features/charts/epoch-strip";
import { ValidationPanel } from "../../features/validation/validation-panel";
import { useViewSearch } from "../../lib/use-view-search";
import type { ValidationSearch } from "../../lib/validation-search";

const route = getRouteApi("/jobs/$jobId/validation");

/** Keeps the view's state in the address, so that a link shows a colleague the same. */
export function ValidationRoute() {
  const { jobId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/jobs/$jobId/validation" });
  const job = useJob(jobId);
  const go = useCallback(
    (change: (old: ValidationSearch) => ValidationSearch, replace: boolean) => {
      void navigate({ search: (old) => withoutEmpty(change(old)), replace, resetScroll: false });
    },
    [navigate],
  );
  const change = useViewSearch<ValidationSearch>(search, go);
  if (!job.data) return null;
  const { data } = job;
  return (
    <ValidationPanel
      job={data}
      search={search}
      onChange={change}
      curves={(epoch, onPick) => <EpochStrip job={data} epoch={epoch} onPickEpoch={onPick} />}
    />
  );
}

function withoutEmpty(search: ValidationSearch): ValidationSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
