import { useResultOverlap } from "../../api/result-overlap";
import { Facts } from "../../components/facts";
import { formatShare } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import type { AnalysisProps } from "./analysis";
import classes from "./analysis.module.css";
import { AnalysisCard } from "./analysis-card";
import { ShareBar } from "./share-bar";
import { thresholdsOf } from "./view-state";

/** How well all masks of a class together cover what they should, pixel by pixel. */
export function OverlapCard({ jobId, epoch, enabled, task, search }: AnalysisProps) {
  const { conf } = thresholdsOf(search, task);
  const query = useResultOverlap(jobId, epoch, conf, enabled);
  return (
    <AnalysisCard
      title={t("masks.title")}
      note={(data) => t("masks.at", { score: data.conf.toFixed(2) })}
      query={query}
      testId="mask-overlap"
    >
      {(data) => (
        <>
          <div className={classes.facts}>
            <Facts
              facts={[
                [t("masks.iou"), formatShare(data.iou)],
                [t("masks.dice"), formatShare(data.dice)],
              ]}
            />
          </div>
          {data.per_class.length > 1 ? (
            <div className={`scroll-x ${classes.long}`}>
              <table className="table">
                <thead>
                  <tr>
                    <th>{t("perClass.class")}</th>
                    <th className="number">{t("perClass.iou")}</th>
                    <th className="number">{t("perClass.dice")}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.per_class.map((row) => (
                    <tr key={row.class_id}>
                      <td>{row.class_name}</td>
                      <td className="number">
                        <ShareBar value={row.iou} />
                      </td>
                      <td className="number">
                        <ShareBar value={row.dice} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : null}
        </>
      )}
    </AnalysisCard>
  );
}
