import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { RunsPage } from "../../features/mlflow-runs/runs-page";
import { patchRuns, type RunsPatch } from "../../lib/runs-search";

const route = getRouteApi("/mlflow");

/** Keeps the filter in the address. */
export function RunsRoute() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/mlflow" });
  const change = useCallback(
    (patch: RunsPatch) =>
      void navigate({ search: (old) => patchRuns(old, patch), replace: true, resetScroll: false }),
    [navigate],
  );
  return <RunsPage search={search} onChange={change} />;
}
