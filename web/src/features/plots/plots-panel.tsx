import { NativeSelect } from "@mantine/core";
import { useMemo, useState } from "react";
import { useJobArtifacts } from "../../api/job-artifacts";
import { hasEnded } from "../../api/job-states";
import type { Artifact, Job } from "../../api/types";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n";
import { groupPlots, type PlotGroup } from "./plot-groups";
import { PlotLightbox } from "./plot-lightbox";
import classes from "./plots.module.css";

/** The pictures that the framework drew, newest epoch first. */
export function PlotsPanel({ job }: { job: Job }) {
  const query = useJobArtifacts(job.id);
  const [chosen, setChosen] = useState("");
  const [open, setOpen] = useState<number | null>(null);
  const groups = useMemo(() => groupPlots(query.data ?? []), [query.data]);
  const shown = chosen === "" ? groups : groups.filter((group) => group.key === chosen);
  const plots = shown.flatMap((group) => group.plots);

  if (query.isPending) return <Loading rows={2} height={220} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (groups.length === 0) {
    return (
      <EmptyState
        title={t("plots.none")}
        text={t(hasEnded(job.state) ? "plots.noneEnded" : "plots.noneText")}
      />
    );
  }
  return (
    <>
      <div className={classes.tools}>
        <NativeSelect
          size="xs"
          aria-label={t("plots.choose")}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[
            { value: "", label: t("plots.all") },
            ...groups.map((group) => ({ value: group.key, label: titleOf(group) })),
          ]}
        />
        <span className={classes.count}>{t("plots.count", { count: plots.length })}</span>
      </div>
      {shown.map((group) => (
        <section key={group.key} aria-label={titleOf(group)} className={classes.group}>
          <h2 className={classes.title}>{titleOf(group)}</h2>
          <div className={classes.grid}>
            {group.plots.map((plot) => (
              <PlotCard key={plot.id} plot={plot} onOpen={() => setOpen(plot.id)} />
            ))}
          </div>
        </section>
      ))}
      <PlotLightbox plots={plots} open={open} onOpen={setOpen} />
    </>
  );
}

const titleOf = (group: PlotGroup): string =>
  group.epoch === null ? t("plots.wholeJob") : t("plots.epoch", { epoch: group.epoch });

function PlotCard({ plot, onOpen }: { plot: Artifact; onOpen: () => void }) {
  return (
    <button type="button" className={classes.card} onClick={onOpen} title={plot.name} data-testid="plot-card">
      <img src={plot.url} alt={plot.name} loading="lazy" decoding="async" />
      <span>{plot.name}</span>
    </button>
  );
}
