import { memo } from "react";
import type { ImageItem, Task } from "../../api/types";
import { ThumbnailFrame } from "../../components/thumbnail-frame";
import frames from "../../components/thumbnail-frame.module.css";
import { t } from "../../lib/i18n-validation";
import { sizeOf } from "../../lib/image-size";
import { Outline } from "./cropped-picture";
import classes from "./images.module.css";
import { hasPlace, overlapName } from "./view-state";

interface Props {
  item: ImageItem;
  task: Task;
  /** Whether to say how many of the chosen pairs are in the image. */
  showPairs: boolean;
  /** Whether to say how well what was found lies on the truth. */
  showOverlap: boolean;
  tabIndex: 0 | -1;
  onOpen: () => void;
}

export const ImageCard = memo(
  function ImageCard({ item, task, showPairs, showOverlap, tabIndex, onOpen }: Props) {
    const { tp, fp, fn, path } = item;
    const placed = hasPlace(task);
    const { width, height } = sizeOf(item, item.highlights);
    return (
      <button
        type="button"
        className={frames.card}
        data-testid="image-card"
        data-image-id={item.image_id}
        title={path}
        tabIndex={tabIndex}
        onClick={onOpen}
      >
        <span className="visually-hidden">
          {placed ? t("images.open", { path, tp, fn, fp }) : labelsInWords(item)}
        </span>
        <ThumbnailFrame url={item.url}>
          {placed ? (
            <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
              {item.highlights.map((box, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: boxes have no other name here
                <Outline key={at} box={box} kind={box.kind} wrong={box.wrong} />
              ))}
            </svg>
          ) : null}
          {placed && showPairs && item.pairs > 1 ? (
            <span className={classes.pairs} aria-hidden="true">
              × {item.pairs}
            </span>
          ) : null}
          {showOverlap ? <Overlap item={item} task={task} /> : null}
        </ThumbnailFrame>
        {placed ? (
          <span className={frames.caption} aria-hidden="true">
            <span className={frames.name}>{path.split("/").pop()}</span>
            <span className={classes.counts}>
              <span data-kind="tp">✓{tp}</span>
              <span data-kind="fn">○{fn}</span>
              <span data-kind="fp">✕{fp}</span>
            </span>
          </span>
        ) : (
          <Labels item={item} />
        )}
      </button>
    );
  },
  (before, after) =>
    before.item === after.item &&
    before.task === after.task &&
    before.tabIndex === after.tabIndex &&
    before.showPairs === after.showPairs &&
    before.showOverlap === after.showOverlap,
);

/** How well what was found lies on the truth, and how well all pixels of masks do. */
function Overlap({ item, task }: Pick<Props, "item" | "task">) {
  const { mean_iou: overlap, dice } = item;
  if (overlap === null && dice === null) return null;
  return (
    <span className={classes.overlap} aria-hidden="true">
      {overlap === null ? null : (
        <span>
          {overlapName(task)} {overlap.toFixed(2)}
        </span>
      )}
      {dice === null ? null : (
        <span className={classes.dice}>
          {t("perClass.dice")} {dice.toFixed(2)}
        </span>
      )}
    </span>
  );
}

/** The true class and, below it, what the image was taken for and how surely. */
function Labels({ item }: { item: ImageItem }) {
  const right = isRight(item);
  return (
    <span className={classes.labels} aria-hidden="true">
      <span className={classes.label} data-testid="card-true">
        <span className={classes.labelName}>{item.true ?? "–"}</span>
      </span>
      <span className={classes.label} data-testid="card-pred" data-kind={right ? "tp" : "fp"}>
        <span className={classes.labelName}>
          {right ? "✓" : "✕"} {item.pred ?? "–"}
        </span>
        <small>{item.score?.toFixed(2)}</small>
      </span>
    </span>
  );
}

const isRight = (item: ImageItem): boolean => item.true !== null && item.true === item.pred;

function labelsInWords({ path, true: truth, pred }: ImageItem): string {
  return t("images.openClass", { path, true: truth ?? "–", pred: pred ?? "–" });
}
