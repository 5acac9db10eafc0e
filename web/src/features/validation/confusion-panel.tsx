import { Button, SegmentedControl } from "@mantine/core";
import type { ConfusionMatrix } from "../../api/types";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import { IOU_MAX, IOU_MIN, IOU_STEP, parseCell, snapIou } from "../../lib/validation-search";
import classes from "./confusion.module.css";
import { ConfusionCanvas } from "./confusion-canvas";
import { ConfusionGrid } from "./confusion-grid";
import { ThresholdSlider } from "./threshold-slider";
import { DEFAULT_IOU, DEFAULT_SCORE, thresholdsOf, type ViewProps } from "./view-state";

/** With more labels than this the matrix is painted, not made of elements. */
const MOST_ELEMENTS = 31;

interface Props extends ViewProps {
  matrix: ConfusionMatrix | null;
  explore: boolean;
  /** Whether the matrix is still that of the thresholds or epoch before. */
  stale: boolean;
  error: unknown;
}

export function ConfusionPanel({ matrix, explore, stale, error, search, onChange }: Props) {
  const { conf, iou } = thresholdsOf(search);
  const moved = conf !== DEFAULT_SCORE || iou !== DEFAULT_IOU;
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
              {t("confusion.reset", { score: DEFAULT_SCORE, iou: DEFAULT_IOU })}
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
          <ThresholdSlider
            name="iou"
            label={t("confusion.iou")}
            description={t("confusion.iouLabel")}
            value={iou}
            min={IOU_MIN}
            max={IOU_MAX}
            step={IOU_STEP}
            onCommit={(value) => onChange({ iou: snapIou(value) })}
          />
        </div>
      ) : null}
      {error && explore ? <ErrorState error={error} /> : null}
      {matrix ? (
        <Matrix matrix={matrix} explore={explore} stale={stale} search={search} onChange={onChange} />
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
}: Omit<Props, "error"> & { matrix: ConfusionMatrix }) {
  if (matrix.labels.length === 0) return <EmptyState title={t("confusion.empty")} />;
  const Drawn = matrix.labels.length > MOST_ELEMENTS ? ConfusionCanvas : ConfusionGrid;
  return (
    <div className={classes.matrix} data-stale={stale || undefined}>
      <Drawn
        matrix={matrix}
        byRow={search.show === "rows"}
        selected={parseCell(search.cell)}
        onSelect={
          explore
            ? (cell) =>
                onChange(
                  {
                    cell: cell ? `${cell[0]}-${cell[1]}` : undefined,
                    class: undefined,
                    outcome: undefined,
                    image: undefined,
                  },
                  true,
                )
            : null
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
