import { useNavigate } from "@tanstack/react-router";
import { VersionsPanel } from "../../features/dataset-versions/versions-panel";
import { useDatasetView } from "./use-dataset-view";

export function DatasetVersionsRoute() {
  const view = useDatasetView();
  const navigate = useNavigate();
  return view ? <VersionsPanel {...view} onGone={() => navigate({ to: "/datasets" })} /> : null;
}
