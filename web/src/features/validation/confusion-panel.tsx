import { Button } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../components/card";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-matrix";
import { parseCell } from "../../lib/validation-search";
import classes from "./confusion.module.css";
import { ConfusionCanvas } from "./confusion-canvas";
import type { Cell } from "./confusion-cells";
import { ConfusionGrid } from "./confusion-grid";
import { ConfusionLegend } from "./confusion-legend";
import { placeOf, sourceOf } from "./confusion-order";
import { ConfusionTools } from "./confusion-tools";
import { CopyLinkButton } from "./copy-link-button";
import { useLive } from "./live-thresholds";
import { ThresholdSliders } from "./threshold-sliders";
import type { Confusion } from "./use-confusion";
import { choose, DEFAULT_IOU, defaultScore, hasPlace, type ViewProps } from "./view-state";

/** With more labels than this the matrix is painted, not made of elements. */
const MOST_ELEMENTS = 31;

interface Props extends ViewProps {
  confusion: Confusion | null;
  explore: boolean;
  classNames: readonly string[];
  epoch: number;
  /** Epochs that the shown one can be compared with. */
  epochs: readonly number[];
}

export function ConfusionPanel(props: Props) {
  const { confusion, explore, classNames, epoch, epochs, task, search, onChange } = props;
  const { at, error, beforeError } = useLive();
  const [goTo, setGoTo] = useState<{ cell: Cell } | null>(null);
  const moved = at.conf !== defaultScore(task) || (hasPlace(task) && at.iou !== DEFAULT_IOU);
  const find = (classId: number) => {
    const cell = confusion && placeOf(confusion.arrangement, [classId, classId]);
    if (cell) setGoTo({ cell });
  };
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
                at: hasPlace(task) ? `${defaultScore(task)} / ${DEFAULT_IOU}` : String(defaultScore(task)),
              })}
            </Button>
          ) : null}
          {explore ? <CopyLinkButton epoch={epoch} /> : null}
        </>
      }
    >
      {explore ? <ThresholdSliders task={task} /> : null}
      <ConfusionTools
        classNames={classNames}
        epochs={explore ? epochs : []}
        onFind={find}
        search={search}
        onChange={onChange}
      />
      {error && explore ? <ErrorState error={error} /> : null}
      {beforeError ? <ErrorState error={beforeError} /> : null}
      {confusion ? (
        <Matrix {...props} confusion={confusion} goTo={goTo} />
      ) : error ? null : (
        <Loading rows={1} height={320} />
      )}
    </Card>
  );
}

interface MatrixProps extends Props {
  confusion: Confusion;
  goTo: { cell: Cell } | null;
}

function Matrix({ confusion, explore, epoch, goTo, search, onChange }: MatrixProps) {
  const { stale } = useLive();
  const { matrix, arrangement, painting, stamp } = confusion;
  const [refused, setRefused] = useState<string | null>(null);
  if (matrix.labels.length === 0) return <EmptyState title={t("confusion.empty")} />;
  const Drawn = painting.cells.size > MOST_ELEMENTS ? ConfusionCanvas : ConfusionGrid;
  const select = (cell: Cell | null) => {
    const source = cell && sourceOf(arrangement, cell);
    setRefused(cell && !source ? (painting.matrix.labels[painting.matrix.others ?? -1] ?? "") : null);
    if (cell && !source) return;
    onChange(choose(source ? { cell: `${source[0]}-${source[1]}` } : {}), true);
  };
  const isWaiting = search.against !== undefined && search.against !== epoch && !painting.isDifference;
  return (
    <div className={classes.matrix} data-stale={stale || undefined} data-testid="matrix">
      <Drawn
        painting={painting}
        selected={placeOf(arrangement, parseCell(search.cell))}
        onSelect={explore ? select : null}
        goTo={goTo}
        stamp={stamp}
      />
      <ConfusionLegend painting={painting} />
      {isWaiting && explore ? (
        <p className={classes.help}>{t("matrix.againstLoading", { epoch: search.against ?? 0 })}</p>
      ) : null}
      {refused ? (
        <p className={classes.help} role="status">
          {t("matrix.noOthers", { label: refused })}
        </p>
      ) : null}
      {explore ? (
        <>
          <p className={`${classes.help} ${classes.keys}`}>{t("matrix.keys")}</p>
          <p className={`${classes.help} ${classes.touch}`}>{t("matrix.touch")}</p>
        </>
      ) : null}
      {matrix.truncated ? (
        <p className={classes.help} data-testid="matrix-truncated">
          {t("matrix.truncated", { count: formatCount(matrix.cells.length) })}
        </p>
      ) : null}
    </div>
  );
}
