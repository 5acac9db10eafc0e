import { Link } from "@tanstack/react-router";
import { TabBar } from "../../components/tab-bar";
import type { EpochSearch } from "../../lib/epoch-search";
import { t } from "../../lib/i18n";

const TABS = [
  ["/jobs/$jobId", "job.tab.charts"],
  ["/jobs/$jobId/validation", "job.tab.validation"],
  ["/jobs/$jobId/plots", "job.tab.plots"],
  ["/jobs/$jobId/logs", "job.tab.logs"],
  ["/jobs/$jobId/artifacts", "job.tab.artifacts"],
  ["/jobs/$jobId/spec", "job.tab.spec"],
] as const;

/** The chosen epoch goes along from tab to tab; thresholds and images stay behind. */
const keepEpoch = ({ epoch }: EpochSearch): EpochSearch => (epoch === undefined ? {} : { epoch });

export function JobTabs({ jobId }: { jobId: number }) {
  return (
    <TabBar label={t("job.tabs")}>
      {TABS.map(([to, label]) => (
        <Link
          key={to}
          to={to}
          params={{ jobId }}
          search={keepEpoch}
          activeOptions={{ exact: to === "/jobs/$jobId", includeSearch: false }}
          resetScroll={false}
        >
          {t(label)}
        </Link>
      ))}
    </TabBar>
  );
}
