import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useResultKeypoints } from "../../api/result-keypoints";
import { KeypointDot } from "../../components/object-shape";
import { classColor } from "../../lib/class-color";
import { formatCount, formatPercent, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import type { AnalysisProps } from "./analysis";
import classes from "./analysis.module.css";
import { AnalysisCard } from "./analysis-card";
import { ShareBar } from "./share-bar";
import { thresholdsOf } from "./view-state";

/** Of the longer side of the object's box. */
const FRACTIONS = [0.05, 0.1, 0.2, 0.5] as const;
const DEFAULT_FRACTION = 0.2;

/** How often each keypoint is found where it is. */
export function KeypointsCard({ jobId, epoch, enabled, task, search }: AnalysisProps) {
  const [fraction, setFraction] = useState<number>(DEFAULT_FRACTION);
  const { conf } = thresholdsOf(search, task);
  const query = useResultKeypoints(jobId, epoch, conf, fraction, enabled);
  return (
    <AnalysisCard
      title={t("keypoints.title")}
      note={(data) =>
        t("keypoints.at", { score: data.conf.toFixed(2), fraction: formatPercent(data.fraction) })
      }
      actions={
        <NativeSelect
          size="xs"
          aria-label={t("keypoints.fraction")}
          value={fraction}
          onChange={(event) => setFraction(Number(event.currentTarget.value))}
          data={FRACTIONS.map((value) => ({
            value: String(value),
            label: t("keypoints.within", { fraction: formatPercent(value) }),
          }))}
        />
      }
      query={query}
      testId="keypoint-accuracy"
    >
      {(data) => (
        <div className={`scroll-x ${classes.long}`}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("keypoints.keypoint")}</th>
                <th className="number">{t("keypoints.labelled")}</th>
                <th className="number">{t("keypoints.correct")}</th>
                <th className="number">{t("keypoints.pck")}</th>
                <th className="number" title={t("keypoints.distanceLong")}>
                  {t("keypoints.distance")}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.keypoints.map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a keypoint is known by its place
                <tr key={at}>
                  <td>
                    <span className={classes.keypoint}>
                      <KeypointDot color={classColor(at)} />
                      {row.name}
                    </span>
                  </td>
                  <td className="number">{formatCount(row.labelled)}</td>
                  <td className="number">{formatCount(row.correct)}</td>
                  <td className="number">
                    <ShareBar value={row.pck} />
                  </td>
                  <td className="number">{formatShare(row.distance)}</td>
                </tr>
              ))}
              <tr>
                <td className={classes.strong}>{t("keypoints.all")}</td>
                <td className="number">{formatCount(sum(data.keypoints.map((row) => row.labelled)))}</td>
                <td className="number">{formatCount(sum(data.keypoints.map((row) => row.correct)))}</td>
                <td className="number">
                  <ShareBar value={data.pck} />
                </td>
                <td />
              </tr>
            </tbody>
          </table>
          {data.sigmas.length > 0 ? (
            <p className={classes.foot}>{t("keypoints.sigmas", { sigmas: sigmasText(data.sigmas) })}</p>
          ) : null}
        </div>
      )}
    </AnalysisCard>
  );
}

/** One number where all are the same. */
function sigmasText(sigmas: readonly number[]): string {
  const shown = new Set(sigmas).size === 1 ? sigmas.slice(0, 1) : sigmas;
  return shown.map((sigma) => String(Number(sigma.toPrecision(3)))).join(", ");
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
