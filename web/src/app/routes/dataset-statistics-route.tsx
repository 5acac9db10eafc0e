import { StatisticsPanel } from "../../features/dataset-statistics/statistics-panel";
import { useDatasetView } from "./use-dataset-view";

export function DatasetStatisticsRoute() {
  const view = useDatasetView();
  return view ? <StatisticsPanel {...view} /> : null;
}
