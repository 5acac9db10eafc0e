import { ProblemsPanel } from "../../features/dataset-problems/problems-panel";
import { useDatasetView } from "./use-dataset-view";

export function DatasetProblemsRoute() {
  const view = useDatasetView();
  return view ? <ProblemsPanel {...view} /> : null;
}
