import { Button, SegmentedControl } from "@mantine/core";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { IOU_MAX, IOU_MIN, IOU_STEP, parseCell, snapIou } from "../../lib/validation-search";
import classes from "./confusion.module.css";
import { ConfusionCanvas } from "./confusion-canvas";
import type { DrawnMatrix } from "./confusion-cells";
import { ConfusionGrid } from "./confusion-grid";
import { ThresholdSlider } from "./threshold-slider";
import {
  choose,
  DEFAULT_IOU,
  defaultScore,
  hasPlace,
  overlapName,
  thresholdsOf,
  type ViewProps,
} from "./view-state";

/** With more labels than this the matrix is painted, not made of elements. */
const MOST_ELEMENTS = 31;

interface Props extends ViewProps {
  matrix: DrawnMatrix | null;
  explore: boolean;
  /** Whether the matrix is still that of the thresholds or epoch before. */
  stale: boolean;
  error: unknown;
}

export function ConfusionPanel({ matrix, explore, stale, error, task, search, onChange }: Props) {
  const { conf, iou } = thresholdsOf(search, task);
  const placed = hasPlace(task);
  const moved = conf !== defaultScore(task) || (placed && iou !== DEFAULT_IOU);
  return (
    <Card
      title={t("confusion.title")}
      actions={
        <>
          {explore && moved ? (
            <Button
              variant="subtle"
              size="compact-xs"
              onClick={() => onChange({ conf: undefined, iou: undefined })}
            >
              {t("confusion.reset", {
                at: placed ? `${defaultScore(task)} / ${DEFAULT_IOU}` : String(defaultScore(task)),
              })}
            </Button>
          ) : null}
          <SegmentedControl
            size="xs"
            aria-label={t("confusion.mode")}
            value={search.show ?? "counts"}
            onChange={(value) => onChange({ show: value === "rows" ? "rows" : undefined })}
            data={[
              { value: "counts", label: t("confusion.counts") },
              { value: "rows", label: t("confusion.rows") },
            ]}
          />
        </>
      }
    >
      {explore ? (
        <div className={classes.sliders}>
          <ThresholdSlider
            name="score"
            label={t("confusion.score")}
            description={t("confusion.scoreLabel")}
            value={conf}
            min={0}
            max={1}
            step={0.01}
            onCommit={(value) => onChange({ conf: Math.round(value * 100) / 100 })}
          />
          {placed ? (
            <ThresholdSlider
              name="iou"
              label={overlapName(task)}
              description={t("confusion.iouLabel", { name: overlapName(task) })}
              value={iou}
              min={IOU_MIN}
              max={IOU_MAX}
              step={IOU_STEP}
              onCommit={(value) => onChange({ iou: snapIou(value) })}
            />
          ) : null}
        </div>
      ) : null}
      {error && explore ? <ErrorState error={error} /> : null}
      {matrix ? (
        <Matrix
          matrix={matrix}
          explore={explore}
          stale={stale}
          task={task}
          search={search}
          onChange={onChange}
        />
      ) : error ? null : (
        <Loading rows={1} height={320} />
      )}
    </Card>
  );
}

function Matrix({
  matrix,
  explore,
  stale,
  search,
  onChange,
}: Omit<Props, "error"> & { matrix: DrawnMatrix }) {
  if (matrix.labels.length === 0) return <EmptyState title={t("confusion.empty")} />;
  const Drawn = matrix.labels.length > MOST_ELEMENTS ? ConfusionCanvas : ConfusionGrid;
  return (
    <div className={classes.matrix} data-stale={stale || undefined}>
      <Drawn
        matrix={matrix}
        byRow={search.show === "rows"}
        selected={parseCell(search.cell)}
        onSelect={
          explore ? (cell) => onChange(choose(cell ? { cell: `${cell[0]}-${cell[1]}` } : {}), true) : null
        }
      />
      {explore ? <p className={`${classes.help} ${classes.keys}`}>{t("confusion.help")}</p> : null}
      {matrix.truncated ? (
        <p className={classes.help}>
          {t("confusion.truncated", { count: formatCount(matrix.cells.length) })}
        </p>
      ) : null}
    </div>
  );
}
