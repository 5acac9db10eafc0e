import { useElementSize } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import type { Sweep, Trial } from "../../api/types";
import { Card } from "../../components/card";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-sweeps";
import { axesOf, METRIC, metricOf } from "../../lib/sweep-axes";
import sweepClasses from "./sweep.module.css";
import classes from "./values.module.css";

const HEIGHT = 200;
const LEFT = 46;
const EDGE = 12;
const BOTTOM = 24;

interface Props {
  sweep: Sweep;
  lit: number | null;
  onLight: (number: number | null) => void;
}

/** What each trial reached, in order, and the best so far. */
export function ValuesCard({ sweep, lit, onLight }: Props) {
  const { ref, width } = useElementSize();
  const metric = axesOf(sweep).find((axis) => axis.key === METRIC);
  const trials = sweep.items.filter((trial) => metricOf(trial) !== null);
  if (!metric || !sweep.best) {
    return (
      <Card title={t("sweep.valuesTitle")}>
        <p className={sweepClasses.none}>{t("sweep.bestNone")}</p>
      </Card>
    );
  }
  const x = (number: number) =>
    LEFT + ((number - 0.5) * Math.max(0, width - LEFT - EDGE)) / Math.max(1, sweep.items.length);
  const y = (value: number) => EDGE + (1 - (metric.place(value) ?? 0)) * (HEIGHT - EDGE - BOTTOM);
  const label = t("sweep.valuesLabel", {
    name: metric.name,
    count: trials.length,
    best: formatMetric(sweep.best.value),
    number: sweep.best.number,
  });
  return (
    <Card title={t("sweep.valuesTitle")} note={metric.name}>
      <div ref={ref}>
        <svg width="100%" height={HEIGHT} className={classes.plot}>
          <title>{label}</title>
          {metric.ticks.map((tick) => (
            <g key={tick.text} className={classes.tick}>
              <line x1={LEFT} x2={width - EDGE} y1={placeY(tick.at)} y2={placeY(tick.at)} />
              <text x={LEFT - 6} y={placeY(tick.at)} dy="0.32em" textAnchor="end">
                {tick.text}
              </text>
            </g>
          ))}
          <text x={(LEFT + width - EDGE) / 2} y={HEIGHT - 4} textAnchor="middle" className={classes.below}>
            {t("sweep.trial")} 1–{sweep.items.length}
          </text>
          <path d={bestSoFar(sweep, trials, x, y)} className={classes.best} />
          {trials.map((trial) => (
            <Dot
              key={trial.number}
              trial={trial}
              x={x(trial.number)}
              y={y(metricOf(trial) ?? 0)}
              lit={trial.number === lit}
              onLight={onLight}
            />
          ))}
        </svg>
      </div>
      <Legend />
    </Card>
  );
}

const placeY = (place: number) => EDGE + (1 - place) * (HEIGHT - EDGE - BOTTOM);

function Dot({
  trial,
  x,
  y,
  lit,
  onLight,
}: {
  trial: Trial;
  x: number;
  y: number;
  lit: boolean;
  onLight: (number: number | null) => void;
}) {
  const text = `${t("sweep.trial")} ${trial.number}: ${formatMetric(trial.value)}`;
  return (
    <Link
      to="/jobs/$jobId"
      params={{ jobId: trial.job_id }}
      aria-label={text}
      onFocus={() => onLight(trial.number)}
      onBlur={() => onLight(null)}
      onPointerEnter={() => onLight(trial.number)}
      onPointerLeave={() => onLight(null)}
    >
      <title>{text}</title>
      <circle
        cx={x}
        cy={y}
        r={lit ? 6 : 4}
        className={classes.dot}
        data-whole={trial.state === "completed" || undefined}
      />
    </Link>
  );
}

/** Steps from trial to trial. */
function bestSoFar(
  sweep: Sweep,
  trials: readonly Trial[],
  x: (number: number) => number,
  y: (value: number) => number,
): string {
  const better = sweep.primary_metric.direction === "max" ? Math.max : Math.min;
  let best: number | null = null;
  let path = "";
  for (const trial of trials) {
    const value = metricOf(trial) ?? 0;
    best = best === null ? value : better(best, value);
    path += `${path === "" ? "M" : "H"}${x(trial.number)}${path === "" ? " " : "V"}${y(best)}`;
  }
  return path === "" ? path : `${path}H${x(sweep.items.length)}`;
}

function Legend() {
  return (
    <ul className={classes.legend}>
      <li>
        <svg width="18" height="8" aria-hidden="true">
          <path d="M0 4H18" className={classes.best} />
        </svg>
        {t("sweep.bestSoFar")}
      </li>
      <li>
        <svg width="10" height="10" aria-hidden="true">
          <circle cx="5" cy="5" r="4" className={classes.dot} data-whole />
        </svg>
        {t("sweep.dotWhole")}
      </li>
      <li>
        <svg width="10" height="10" aria-hidden="true">
          <circle cx="5" cy="5" r="4" className={classes.dot} />
        </svg>
        {t("sweep.dotCut")}
      </li>
    </ul>
  );
}
