import { memo, useMemo, useState } from "react";
import type { Job } from "../../api/types";
import { Icon } from "../../components/icon";
import { groupCharts, primaryKey } from "../../lib/chart-groups";
import { makeChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-epochs";
import { useJobRun } from "../../lib/job-run";
import { useStored } from "../../lib/use-stored";
import { ChartCard } from "./chart-card";
import classes from "./epoch-strip.module.css";
import { telling } from "./telling-charts";
import { type ChartSettings, useChartSettings } from "./use-chart-settings";
import { useStoredNames } from "./use-pins";

const HEIGHT = 96;

interface Props {
  job: Job;
  epoch: number;
  onPickEpoch: (epoch: number) => void;
}

/** The few curves that say how training went, with the epoch that is shown beside them; a click picks another. */
export const EpochStrip = memo(function EpochStrip({ job, epoch, onPickEpoch }: Props) {
  const [open, setOpen] = useStored("validation.strip", true);
  const [view] = useState(makeChartView);
  const [settings] = useChartSettings();
  const [pins] = useStoredNames("charts.pinned");
  const byEpoch = useMemo<ChartSettings>(() => ({ ...settings, axis: "epoch" }), [settings]);
  const { query, run } = useJobRun(job);
  const { name, source, direction } = job.primary_metric;
  const charts = useMemo(
    () =>
      telling(
        run.series.length > 0 ? groupCharts([run], { name, source, direction }) : [],
        primaryKey({ name, source, direction }),
        pins,
      ),
    [run, name, source, direction, pins],
  );
  if (query.isError && !query.data) return null;
  return (
    <section
      className={classes.strip}
      aria-label={t("epochs.strip")}
      data-testid="epoch-strip"
      data-epoch={epoch}
    >
      <button type="button" className={classes.head} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />
        <strong>{t("epochs.strip")}</strong>
        <span>{query.data && charts.length === 0 ? t("epochs.stripNone") : t("epochs.stripHint")}</span>
      </button>
      {open ? (
        <div className={classes.charts}>
          {charts.map((spec) => (
            <ChartCard
              key={spec.id}
              spec={spec}
              settings={byEpoch}
              view={view}
              epoch={epoch}
              onPickEpoch={onPickEpoch}
              height={HEIGHT}
            />
          ))}
        </div>
      ) : null}
    </section>
  );
});
