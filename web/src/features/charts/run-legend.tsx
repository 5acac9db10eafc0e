import { type ChartRun, lineColor } from "../../lib/chart-runs";
import type { ChartView } from "../../lib/chart-view";
import { t } from "../../lib/i18n-charts";
import { Swatch } from "./chart-legend";
import classes from "./charts-panel.module.css";

interface Props {
  runs: readonly ChartRun[];
  hidden: ReadonlySet<string>;
  onToggle: (id: string) => void;
  view: ChartView;
}

/** The runs of a page: pointing at one makes it stand out in every chart, a click hides or shows it. */
export function RunLegend({ runs, hidden, onToggle, view }: Props) {
  return (
    <ul className={classes.runs} aria-label={t("charts.runs")}>
      {runs.map((run, at) => {
        const shown = !hidden.has(run.id);
        const light = () => view.lit.set(shown ? run.id : null);
        const dim = () => view.lit.set(null);
        return (
          <li key={run.id}>
            <button
              type="button"
              className={classes.run}
              aria-pressed={shown}
              aria-label={t(shown ? "charts.hideRun" : "charts.showRun", { name: run.name })}
              data-testid="run-toggle"
              data-run={run.id}
              onMouseEnter={light}
              onMouseLeave={dim}
              onFocus={light}
              onBlur={dim}
              onClick={() => {
                onToggle(run.id);
                dim();
              }}
            >
              <Swatch line={{ color: lineColor(at), dash: [] }} />
              {run.name}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
