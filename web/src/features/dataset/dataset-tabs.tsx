import { Link } from "@tanstack/react-router";
import { TabBar } from "../../components/tab-bar";
import { carried, type DatasetSearch } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";

const TABS = [
  ["/datasets/$datasetId", "dataset.tab.images"],
  ["/datasets/$datasetId/statistics", "dataset.tab.statistics"],
  ["/datasets/$datasetId/problems", "dataset.tab.problems"],
  ["/datasets/$datasetId/versions", "dataset.tab.versions"],
] as const;

export function DatasetTabs({ datasetId, search }: { datasetId: number; search: DatasetSearch }) {
  return (
    <TabBar label={t("dataset.tabs")}>
      {TABS.map(([to, label]) => (
        <Link
          key={to}
          to={to}
          params={{ datasetId }}
          search={carried(search)}
          activeOptions={{ exact: to === "/datasets/$datasetId", includeSearch: false }}
          resetScroll={false}
        >
          {t(label)}
        </Link>
      ))}
    </TabBar>
  );
}
