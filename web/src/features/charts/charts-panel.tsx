import { Switch } from "@mantine/core";
import { useMemo, useState } from "react";
import { useJobMetrics } from "../../api/job-metrics";
import { hasEnded } from "../../api/job-states";
import type { Job } from "../../api/types";
import { FilterField } from "../../components/filter-field";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { type ChartGroup, groupCharts } from "../../lib/chart-groups";
import { type MessageKey, t } from "../../lib/i18n";
import { useStored } from "../../lib/use-stored";
import { ChartCard } from "./chart-card";
import classes from "./charts-panel.module.css";

export function ChartsPanel({ job }: { job: Job }) {
  const query = useJobMetrics(job.id);
  const [log, setLog] = useStored("charts.log", false);
  const [smooth, setSmooth] = useStored("charts.smooth", false);
  const [filter, setFilter] = useState("");
  const { name, source, direction } = job.primary_metric;
  const groups = useMemo(
    () => groupCharts(query.data?.series ?? [], { name, source, direction }),
    [query.data, name, source, direction],
  );
  const shown = useMemo(() => matching(groups, filter), [groups, filter]);

  if (query.isPending) return <Loading rows={2} height={240} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (groups.length === 0) {
    return (
      <EmptyState
        title={t("charts.waiting")}
        text={t(hasEnded(job.state) ? "charts.noneText" : "charts.waitingText")}
      />
    );
  }
  return (
    <>
      <div className={classes.tools}>
        <FilterField
          className={classes.filter}
          label={t("charts.search")}
          value={filter}
          onChange={setFilter}
        />
        <Switch
          size="xs"
          label={t("charts.smooth")}
          checked={smooth}
          onChange={(event) => setSmooth(event.currentTarget.checked)}
        />
        <Switch
          size="xs"
          label={t("charts.log")}
          checked={log}
          onChange={(event) => setLog(event.currentTarget.checked)}
        />
      </div>
      {shown.length === 0 ? <EmptyState title={t("charts.noMatch", { text: filter })} /> : null}
      {shown.map((group) => (
        <Group key={group.category} group={group} job={job} log={log} smooth={smooth} />
      ))}
    </>
  );
}

interface GroupProps {
  group: ChartGroup;
  job: Job;
  log: boolean;
  smooth: boolean;
}

function Group({ group, job, log, smooth }: GroupProps) {
  return (
    <section
      className={classes.group}
      aria-label={categoryName(group.category)}
      data-category={group.category}
    >
      <h2 className={classes.category}>
        {categoryName(group.category)}
        <span>{t("charts.count", { count: group.charts.length })}</span>
      </h2>
      <div className={classes.grid}>
        {group.charts.map((spec) => (
          <ChartCard key={spec.id} spec={spec} bestEpoch={job.best_epoch} log={log} smooth={smooth} />
        ))}
      </div>
    </section>
  );
}

const KNOWN: ReadonlySet<string> = new Set([
  "Validation Metrics",
  "Training Loss",
  "Learning Rate",
  "System",
  "Other",
]);

const categoryName = (category: string): string =>
  KNOWN.has(category) ? t(`category.${category}` as MessageKey) : category;

function matching(groups: readonly ChartGroup[], filter: string): ChartGroup[] {
  const wanted = filter.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      charts: group.charts.filter((spec) => spec.id.toLowerCase().includes(wanted)),
    }))
    .filter((group) => group.charts.length > 0);
}
