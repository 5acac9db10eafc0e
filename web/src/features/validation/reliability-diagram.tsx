import type { CalibrationBin } from "../../api/types";
import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { binShapes } from "./reliability-bins";
import classes from "./reliability-diagram.module.css";

const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;
const UPWARDS = [...TICKS].reverse();

/** What is right of the predictions of about one score; on the diagonal scores are true to their word. */
export function ReliabilityDiagram({ bins }: { bins: readonly CalibrationBin[] }) {
  const shapes = binShapes(bins);
  return (
    <figure className={classes.figure}>
      {/* A table alone would keep its width. */}
      <div className="visually-hidden">
        <BinTable bins={bins} />
      </div>
      <div className={classes.plot} aria-hidden="true">
        <div className={classes.yTicks}>
          {UPWARDS.map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </div>
        <div className={classes.area}>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {shapes.map(({ bin, left, width, precision, gap }) =>
              precision === null || gap === null ? null : (
                <g key={bin.from}>
                  <title>{inWords(bin)}</title>
                  <rect
                    className={classes.right}
                    x={left + width * 0.06}
                    width={width * 0.88}
                    y={100 - precision}
                    height={precision}
                  />
                  <rect
                    className={classes.gap}
                    data-over={gap.over || undefined}
                    x={left + width * 0.06}
                    width={width * 0.88}
                    y={100 - gap.high}
                    height={gap.high - gap.low}
                  />
                  <line
                    className={classes.level}
                    x1={left + width * 0.06}
                    x2={left + width * 0.94}
                    y1={100 - precision}
                    y2={100 - precision}
                  />
                </g>
              ),
            )}
            <line className={classes.diagonal} x1="0" x2="100" y1="100" y2="0" />
          </svg>
        </div>
        <div className={classes.counts}>
          {shapes.map(({ bin, left, width, filled }) => (
            <span
              key={bin.from}
              title={inWords(bin)}
              style={{ left: `${left + width * 0.06}%`, width: `${width * 0.88}%`, height: `${filled}%` }}
            />
          ))}
        </div>
        <div className={classes.xTicks}>
          {TICKS.map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </div>
      </div>
      <figcaption className={classes.key} aria-hidden="true">
        <span>
          <i className={classes.keyRight} />
          {t("calibration.right")}
        </span>
        <span>
          <i className={classes.keyOver} />
          {t("calibration.over")}
        </span>
        <span>
          <i className={classes.keyUnder} />
          {t("calibration.under")}
        </span>
      </figcaption>
    </figure>
  );
}

const inWords = ({ from, to, count, score, precision }: CalibrationBin): string =>
  t("calibration.bin", {
    from: from.toFixed(1),
    to: to.toFixed(1),
    count,
    score: formatShare(score),
    precision: formatShare(precision),
  });

/** The same for whoever can't see it. */
function BinTable({ bins }: { bins: readonly CalibrationBin[] }) {
  return (
    <table data-testid="calibration-bins">
      <caption>{t("calibration.table")}</caption>
      <thead>
        <tr>
          <th>{t("calibration.scores")}</th>
          <th>{t("calibration.predictions")}</th>
          <th>{t("calibration.meanScore")}</th>
          <th>{t("calibration.right")}</th>
        </tr>
      </thead>
      <tbody>
        {bins.map(({ from, to, count, score, precision }) => (
          <tr key={from}>
            <td>
              {from.toFixed(1)}–{to.toFixed(1)}
            </td>
            <td>{formatCount(count)}</td>
            <td>{formatShare(score)}</td>
            <td>{formatShare(precision)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
