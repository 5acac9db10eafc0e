import classes from "./sparkline.module.css";

interface Props {
  /** Of places along the axis and values, in order of the places. */
  points: readonly (readonly [number, number])[];
  /** The place that is marked. */
  marked: number | null;
  /** What a screen reader hears instead. */
  label: string;
}

const WIDTH = 84;
const HEIGHT = 24;
const EDGE = 3;

/** A curve as large as a word. */
export function Sparkline({ points, marked, label }: Props) {
  const [first] = points;
  const last = points[points.length - 1];
  if (!first || !last || points.length < 2) return null;
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const length = last[0] - first[0] || 1;
  const x = (place: number) => EDGE + ((WIDTH - 2 * EDGE) * (place - first[0])) / length;
  const y = (value: number) => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / span;
  const mark = points.find(([place]) => place === marked);
  return (
    <svg
      className={classes.spark}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
      data-testid="sparkline"
    >
      <polyline
        points={points.map(([place, value]) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
      />
      {mark ? <circle cx={x(mark[0])} cy={y(mark[1])} r="2.2" /> : null}
    </svg>
  );
}
