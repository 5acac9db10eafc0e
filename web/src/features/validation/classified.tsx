import type { ImageDetail } from "../../api/types";
import { t } from "../../lib/i18n-images";
import classes from "./classified.module.css";
import { ImageKeys } from "./image-keys";
import side from "./image-view.module.css";
import { ShareBar } from "./share-bar";

/** What a classified image is, what it was taken for, and for what else it might have been. */
export function Classified({ image }: { image: ImageDetail }) {
  const { top5 } = image;
  const truth = image.truths[0];
  const best = top5?.[0];
  const right = truth !== undefined && best?.class_id === truth.class_id;
  return (
    <aside className={side.side} aria-label={t("image.classes")}>
      <dl className={classes.labels}>
        <div>
          <dt>{t("image.trueLabel")}</dt>
          <dd data-testid="true-label">{truth?.class_name ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("image.predictedLabel")}</dt>
          <dd data-testid="predicted-label" data-right={right}>
            {best ? (
              <>
                <span aria-hidden="true">{right ? "✓" : "✕"}</span> {best.class_name}
              </>
            ) : (
              "–"
            )}
          </dd>
          {best && best.score < image.conf ? (
            <dd className={classes.note}>{t("image.tooUnsure", { score: image.conf.toFixed(2) })}</dd>
          ) : null}
        </div>
      </dl>
      {top5 && top5.length > 0 ? (
        <>
          <h3>{t("image.top", { count: top5.length })}</h3>
          <table className="table" data-testid="top5">
            <thead>
              <tr>
                <th>{t("image.class")}</th>
                <th className="number">{t("image.score")}</th>
              </tr>
            </thead>
            <tbody>
              {top5.map((one) => (
                <tr key={one.class_id} data-true={one.class_id === truth?.class_id || undefined}>
                  <td className={classes.name}>
                    {one.class_name}{" "}
                    {one.class_id === truth?.class_id ? (
                      <small className={classes.tag}>{t("image.isTrue")}</small>
                    ) : null}
                  </td>
                  <td className={`number ${classes.score}`}>
                    <ShareBar value={one.score} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {truth && !top5.some((one) => one.class_id === truth.class_id) ? (
            <p className={classes.note} data-testid="true-not-top">
              {t("view.trueNotTop", { name: truth.class_name, count: top5.length })}
            </p>
          ) : null}
        </>
      ) : null}
      <ImageKeys task="classification" />
    </aside>
  );
}
