import { useCallback, useMemo, useRef, useState } from "react";
import type { PrimaryMetric } from "../../api/types";
import { EmptyState } from "../../components/page-state";
import { groupCharts } from "../../lib/chart-groups";
import type { ChartRun } from "../../lib/chart-runs";
import { makeChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import { useKeys } from "../../lib/use-keys";
import { KEYS_HELP } from "./chart-card";
import { ChartGroups } from "./chart-groups";
import { matching, searchOf } from "./chart-search";
import { ChartTools } from "./chart-tools";
import { EnlargedChart } from "./enlarged-chart";
import { KeySearch } from "./key-search";
import { PageExport } from "./page-export";
import { RunLegend } from "./run-legend";
import { useChartSettings } from "./use-chart-settings";
import { useStoredNames, withPinned } from "./use-pins";

export interface ChartsPanelProps {
  /** One run or several over one another; a run keeps its identity while nothing in it changes. */
  runs: readonly ChartRun[];
  primary?: PrimaryMetric | undefined;
  /** The epoch that the page looks at, marked on every chart. */
  epoch?: number | null | undefined;
  /** A click on a chart without a drag; without it clicks do nothing. */
  onPickEpoch?: ((epoch: number) => void) | undefined;
  /** Pages of one name share what is pinned and collapsed. */
  storageKey?: string;
}

/** Charts of all keys of the runs, grouped; with the means to search, zoom and compare them. */
export function ChartsPanel({ runs, primary, epoch, onPickEpoch, storageKey = "charts" }: ChartsPanelProps) {
  const [view] = useState(makeChartView);
  const [settings, change] = useChartSettings();
  const [text, setText] = useState("");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [pins, onPin] = useStoredNames(`${storageKey}.pinned`);
  const [collapsed, onCollapse] = useStoredNames(`${storageKey}.collapsed`);
  const [large, setLarge] = useState<string | null>(null);
  const pointed = useRef<string | null>(null);
  const onPoint = useCallback((id: string) => {
    pointed.current = id;
  }, []);
  const { name, source, direction } = primary ?? {};
  const groups = useMemo(() => {
    const wanted = name && source && direction ? { name, source, direction } : undefined;
    return withPinned(groupCharts(runs, wanted, hidden), pins);
  }, [runs, name, source, direction, hidden, pins]);
  const search = useMemo(() => searchOf(text), [text]);
  const shown = useMemo(() => (search.matches ? matching(groups, search.matches) : []), [groups, search]);
  const charts = useMemo(() => shown.flatMap((group) => group.charts), [shown]);
  const enlarge = () => setLarge(large ? null : (pointed.current ?? charts[0]?.id ?? null));
  useKeys([["f", enlarge, t("charts.keyEnlarge")]]);
  const card = { settings, view, epoch, onPickEpoch, onPin, onPoint };
  const saving = (
    <PageExport
      name={runs.length === 1 ? (runs[0]?.name ?? "") : "charts"}
      groups={shown}
      settings={settings}
      view={view}
    />
  );
  return (
    <>
      <ChartTools settings={settings} change={change} view={view} after={saving}>
        <KeySearch text={text} setText={setText} problem={search.problem} found={charts.length} />
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
      ) : charts.length === 0 && text && !search.problem ? (
        <EmptyState title={t("charts.noMatch", { text })} text={t("charts.noMatchText")} />
      ) : null}
      <p id={KEYS_HELP} hidden>
        {t("charts.keysHelp")}
      </p>
      <ChartGroups
        groups={shown}
        pins={pins}
        collapsed={text ? NOTHING : collapsed}
        onCollapse={onCollapse}
        onEnlarge={setLarge}
        {...card}
      />
      {large ? (
        <EnlargedChart
          charts={charts}
          id={large}
          pins={pins}
          change={change}
          onMove={setLarge}
          onClose={() => setLarge(null)}
          {...card}
        />
      ) : null}
    </>
  );
}

/** A search finds what is in closed groups too. */
const NOTHING: ReadonlySet<string> = new Set();

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
