import { useState } from "react";
import { useSweep } from "../../api/get-sweep";
import { useImportances } from "../../api/sweep-importances";
import type { Sweep } from "../../api/types";
import { Notice } from "../../components/notice";
import { ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-sweeps";
import { axesOf, cellOf } from "../../lib/sweep-axes";
import { endedTrials } from "../../lib/sweep-counts";
import { useTitle } from "../../lib/use-title";
import { BestTrial } from "./best-trial";
import { Importances } from "./importances";
import { LostTrials } from "./lost-trials";
import { type Brushes, ParallelCard } from "./parallel-card";
import classes from "./sweep.module.css";
import { SweepHeader } from "./sweep-header";
import { TrialsCard } from "./trials-card";
import { ValuesCard } from "./values-card";

/** One sweep: what it found, how its trials compare, and each of them. */
export function SweepPage({ sweepId }: { sweepId: number }) {
  const query = useSweep(sweepId);
  useTitle(query.data?.name ?? t("sweeps.title"));
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={6} />
    );
  }
  return <Found sweep={query.data} />;
}

function Found({ sweep }: { sweep: Sweep }) {
  const [lit, setLit] = useState<number | null>(null);
  const [brushes, setBrushes] = useState<Brushes>({});
  const axes = axesOf(sweep);
  const ended = endedTrials(sweep.counts);
  const importances = useImportances(sweep.id, ended);
  const shown = sweep.items.filter((trial) =>
    axes.every((axis) => {
      const brush = brushes[axis.key];
      if (!brush) return true;
      const place = axis.place(cellOf(trial, axis));
      return place !== null && place >= brush[0] && place <= brush[1];
    }),
  );
  return (
    <>
      <SweepHeader sweep={sweep} />
      {sweep.reason ? (
        <div className={classes.notice}>
          <Notice tone="bad" title={t("sweep.failedTitle")} testId="sweep-reason">
            {sweep.reason}
          </Notice>
        </div>
      ) : null}
      <LostTrials trials={sweep.items.filter((trial) => trial.state === "lost")} />
      <div className={classes.cards}>
        <BestTrial sweep={sweep} />
        <Importances query={importances} />
        <ValuesCard sweep={sweep} lit={lit} onLight={setLit} />
        <ParallelCard
          sweep={sweep}
          axes={axes}
          shown={shown}
          lit={lit}
          onLight={setLit}
          brushes={brushes}
          onBrush={setBrushes}
        />
        <TrialsCard sweep={sweep} trials={shown} axes={axes} lit={lit} onLight={setLit} />
      </div>
    </>
  );
}
