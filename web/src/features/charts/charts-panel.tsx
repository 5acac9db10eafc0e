import { useMemo, useState } from "react";
import type { PrimaryMetric } from "../../api/types";
import { EmptyState } from "../../components/page-state";
import { groupCharts } from "../../lib/chart-groups";
import type { ChartRun } from "../../lib/chart-runs";
import { makeChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import { KEYS_HELP } from "./chart-card";
import { ChartGroups } from "./chart-groups";
import { countOf, matching, searchOf } from "./chart-search";
import { ChartTools } from "./chart-tools";
import { KeySearch } from "./key-search";
import { RunLegend } from "./run-legend";
import { useChartSettings } from "./use-chart-settings";

export interface ChartsPanelProps {
  /** One run or several over one another; a run keeps its identity while nothing in it changes. */
  runs: readonly ChartRun[];
  primary?: PrimaryMetric | undefined;
  /** The epoch that the page looks at, marked on every chart. */
  epoch?: number | null | undefined;
  /** A click on a chart without a drag; without it clicks do nothing. */
  onPickEpoch?: ((epoch: number) => void) | undefined;
}

/** Charts of all keys of the runs, grouped; with the means to search, zoom and compare them. */
export function ChartsPanel({ runs, primary, epoch, onPickEpoch }: ChartsPanelProps) {
  const [view] = useState(makeChartView);
  const [settings, change] = useChartSettings();
  const [text, setText] = useState("");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { name, source, direction } = primary ?? {};
  const groups = useMemo(() => {
    const wanted = name && source && direction ? { name, source, direction } : undefined;
    return groupCharts(runs, wanted, hidden);
  }, [runs, name, source, direction, hidden]);
  const search = useMemo(() => searchOf(text), [text]);
  const shown = useMemo(() => (search.matches ? matching(groups, search.matches) : []), [groups, search]);
  return (
    <>
      <ChartTools settings={settings} change={change} view={view}>
        <KeySearch text={text} setText={setText} problem={search.problem} found={countOf(shown)} />
      </ChartTools>
      {runs.length > 1 ? (
        <RunLegend
          runs={runs}
          hidden={hidden}
          onToggle={(id) => setHidden(toggled(hidden, id))}
          view={view}
        />
      ) : null}
      {runs.length > 0 && runs.every((run) => hidden.has(run.id)) ? (
        <EmptyState title={t("charts.noRuns")} text={t("charts.noRunsText")} />
      ) : shown.length === 0 && text && !search.problem ? (
        <EmptyState title={t("charts.noMatch", { text })} text={t("charts.noMatchText")} />
      ) : null}
      <p id={KEYS_HELP} hidden>
        {t("charts.keysHelp")}
      </p>
      <ChartGroups groups={shown} settings={settings} view={view} epoch={epoch} onPickEpoch={onPickEpoch} />
    </>
  );
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
