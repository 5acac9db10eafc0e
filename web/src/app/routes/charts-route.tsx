import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useJob } from "../../api/get-job";
import { JobCharts } from "../../features/charts/job-charts";
import { EpochBar } from "../../features/validation/epoch-bar";
import type { EpochWish } from "../../lib/epoch-search";

const route = getRouteApi("/jobs/$jobId");

/** All curves of a job, with the scrubber through its epochs above them. */
export function ChartsRoute() {
  const { jobId } = route.useParams();
  const { epoch: wish } = route.useSearch();
  const navigate = useNavigate({ from: "/jobs/$jobId" });
  const job = useJob(jobId).data;
  const onWish = useCallback(
    (epoch: EpochWish) => {
      void navigate({ search: (old) => ({ ...old, epoch }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  return job ? (
    <EpochBar job={job} wish={wish} onWish={onWish}>
      {(epoch, onPick) => <JobCharts job={job} epoch={epoch} {...(onPick ? { onPickEpoch: onPick } : {})} />}
    </EpochBar>
  ) : null;
}
