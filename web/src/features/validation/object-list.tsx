import type { Box, ImageDetail, Prediction, Task, Truth } from "../../api/types";
import { t } from "../../lib/i18n-images";
import { ImageKeys } from "./image-keys";
import { ImageLegend } from "./image-legend";
import { partnerOf, predictionKey, truthKey } from "./image-sides";
import classes from "./image-view.module.css";
import { atText, overlapName } from "./view-state";

interface Props {
  image: ImageDetail;
  task: Task;
  hovered: string | null;
  onHover: (key: string | null) => void;
  /** Zooms to it. */
  onLook: (box: Box) => void;
}

/** Everything drawn on the image, in figures; a click on a row zooms to its object. */
export function ObjectList({ image, task, hovered, onHover, onLook }: Props) {
  const { truths, predictions, conf } = image;
  const nameOfTruth = new Map(truths.map((truth) => [truth.object_id, truth.class_name]));
  const nameOfPrediction = new Map(predictions.map((one) => [one.prediction_id, one.class_name]));
  const partner = partnerOf(image, hovered);
  // The button in each row does the same by keys.
  const rowProps = (key: string, box: Box) => ({
    "data-hovered": hovered === key || undefined,
    "data-partner": partner === key || undefined,
    onClick: () => onLook(box),
    onPointerEnter: () => onHover(key),
    onPointerLeave: () => onHover(null),
  });
  const name = (key: string, text: string) => (
    <td>
      <button
        type="button"
        className={classes.object}
        title={t("view.zoomTo", { name: text })}
        onFocus={() => onHover(key)}
        onBlur={() => onHover(null)}
      >
        {text}
      </button>
    </td>
  );
  return (
    <aside className={classes.side} aria-label={t("image.objects")}>
      <Outcome image={image} task={task} />
      <ImageLegend image={image} task={task} />
      <h3>
        {t("image.truth")} <small>{truths.length}</small>
      </h3>
      {truths.length === 0 ? (
        <p className={classes.sideNone}>{t("image.noTruth")}</p>
      ) : (
        <table className="table" data-testid="truth-list">
          <thead>
            <tr>
              <th>{t("image.object")}</th>
              <th className="number">{overlapName(task)}</th>
              <th>{t("image.outcome")}</th>
            </tr>
          </thead>
          <tbody>
            {truths.map((truth) => (
              <tr key={truth.object_id} {...rowProps(truthKey(truth), truth)}>
                {name(truthKey(truth), truth.class_name)}
                <td className="number">{share(truth.iou)}</td>
                <td className={classes.outcome}>{truthOutcome(truth, nameOfPrediction)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>
        {t("image.predictions")} <small>{predictions.length}</small>
        <small>{atText(image, task)}</small>
      </h3>
      {predictions.length === 0 ? (
        <p className={classes.sideNone}>{t("image.noPredictions", { score: conf.toFixed(2) })}</p>
      ) : (
        <table className="table" data-testid="prediction-list">
          <thead>
            <tr>
              <th>{t("image.object")}</th>
              <th className="number">{t("image.score")}</th>
              <th className="number">{overlapName(task)}</th>
              <th>{t("image.outcome")}</th>
            </tr>
          </thead>
          <tbody>
            {predictions.map((one) => (
              <tr key={one.prediction_id} {...rowProps(predictionKey(one), one)}>
                {name(predictionKey(one), one.class_name)}
                <td className="number">{one.score.toFixed(3)}</td>
                <td className="number">{share(one.iou)}</td>
                <td className={classes.outcome}>{predictionOutcome(one, nameOfTruth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ImageKeys task={task} />
    </aside>
  );
}

/** How it went as a whole. */
function Outcome({ image, task }: Pick<Props, "image" | "task">) {
  const { tp, fp, fn, mean_iou: overlap, semantic_iou: pixels, dice } = image;
  return (
    <p className={classes.summary} data-testid="image-summary">
      <span data-kind="tp">✓ {t("image.countFound", { count: tp })}</span>
      <span data-kind="fn">○ {t("image.countMissed", { count: fn })}</span>
      <span data-kind="fp">✕ {t("image.countFalse", { count: fp })}</span>
      {overlap === null ? null : (
        <span>{t("image.meanOverlap", { name: overlapName(task), value: overlap.toFixed(2) })}</span>
      )}
      {pixels === null || dice === null ? null : (
        <span>{t("image.pixels", { iou: pixels.toFixed(2), dice: dice.toFixed(2) })}</span>
      )}
    </p>
  );
}

const share = (value: number | null): string => (value === null ? "–" : value.toFixed(2));

function truthOutcome(truth: Truth, predictions: ReadonlyMap<number, string>): string {
  if (truth.outcome === "tp") return `✓ ${t("image.found")}`;
  if (truth.outcome === "ignored") return t("image.ignored");
  const taken = truth.prediction_id === null ? undefined : predictions.get(truth.prediction_id);
  return `○ ${taken === undefined ? t("image.missed") : t("image.wrongClass", { name: taken })}`;
}

function predictionOutcome(one: Prediction, truths: ReadonlyMap<number, string>): string {
  if (one.outcome === "tp") return `✓ ${t("image.correct")}`;
  if (one.outcome === "ignored") return t("image.ignored");
  const really = one.object_id === null ? undefined : truths.get(one.object_id);
  return `✕ ${really === undefined ? t("image.wrong") : t("image.reallyIs", { name: really })}`;
}
