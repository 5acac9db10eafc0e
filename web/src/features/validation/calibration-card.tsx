import { useResultCalibration } from "../../api/result-calibration";
import { Facts } from "../../components/facts";
import { formatCount, formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import type { AnalysisProps } from "./analysis";
import classes from "./analysis.module.css";
import { AnalysisCard } from "./analysis-card";
import { ReliabilityDiagram } from "./reliability-diagram";
import { atText, thresholdsOf } from "./view-state";

/** Whether a score means what it says. */
export function CalibrationCard({ jobId, epoch, enabled, task, search }: AnalysisProps) {
  const { conf, iou } = thresholdsOf(search, task);
  const query = useResultCalibration(jobId, epoch, conf, iou, enabled);
  return (
    <AnalysisCard
      title={t("calibration.title")}
      note={(data) => atText(data, task)}
      query={query}
      testId="calibration"
    >
      {({ ece, mce, bins }) => (
        <div className={classes.facts}>
          <Facts
            facts={[
              [t("calibration.ece"), formatShare(ece)],
              [t("calibration.mce"), formatShare(mce)],
              [t("calibration.predictions"), formatCount(bins.reduce((total, bin) => total + bin.count, 0))],
            ]}
          />
          <ReliabilityDiagram bins={bins} />
        </div>
      )}
    </AnalysisCard>
  );
}
