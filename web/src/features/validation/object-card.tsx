import { memo } from "react";
import type { ObjectItem } from "../../api/types";
import frames from "../../components/thumbnail-frame.module.css";
import { t } from "../../lib/i18n-images";
import { CroppedPicture } from "./cropped-picture";
import classes from "./images.module.css";

interface Props {
  item: ObjectItem;
  /** What the overlap is called. */
  overlap: string;
  tabIndex: 0 | -1;
  onOpen: () => void;
}

/** An object, a prediction, or both, with what is around them. */
export const ObjectCard = memo(
  function ObjectCard({ item, overlap, tabIndex, onOpen }: Props) {
    const { path, score, iou, found } = item;
    const kind = found ? "tp" : item.prediction === null ? "fn" : "fp";
    return (
      <button
        type="button"
        className={frames.card}
        tabIndex={tabIndex}
        title={path}
        data-testid="object-card"
        data-image-id={item.image_id}
        onClick={onOpen}
      >
        <span className="visually-hidden">{t("object.open", { path, what: inWords(item) })}</span>
        <CroppedPicture
          url={item.url}
          crop={item.crop}
          truth={item.truth}
          prediction={item.prediction}
          wrong={!found}
        />
        <span className={classes.labels} aria-hidden="true">
          <span className={classes.label} data-kind={kind}>
            <span className={classes.labelName}>
              {MARKS[kind]} {names(item)}
            </span>
          </span>
          <span className={classes.figures}>
            {score === null ? t("object.unseen") : t("object.score", { score: score.toFixed(2) })}
            {iou === null ? null : ` · ${overlap} ${iou.toFixed(2)}`}
          </span>
        </span>
      </button>
    );
  },
  (before, after) =>
    before.item === after.item && before.overlap === after.overlap && before.tabIndex === after.tabIndex,
);

const MARKS = { tp: "✓", fp: "✕", fn: "○" };

function names({ true: truth, pred }: ObjectItem): string {
  if (truth !== null && pred !== null && truth !== pred) return `${truth} → ${pred}`;
  return truth ?? pred ?? "";
}

function inWords({ true: truth, pred, found }: ObjectItem): string {
  if (truth === null) return t("object.false", { name: pred ?? "" });
  if (pred === null) return t("object.missed", { name: truth });
  return found ? t("object.found", { name: truth }) : t("object.taken", { true: truth, pred });
}
