import classes from "./eye-chart.module.css";

const LINES = ["E", "F P", "T O Z", "L P E D", "P E C F D"];

/** Lines of an eye chart, each harder to read than the one above. */
export function EyeChart() {
  return (
    <div className={classes.chart} aria-hidden="true">
      {LINES.map((line, at) => (
        <span key={line} style={{ fontSize: `${2.6 - at * 0.47}rem`, opacity: 1 - at * 0.035 }}>
          {line}
        </span>
      ))}
    </div>
  );
}
