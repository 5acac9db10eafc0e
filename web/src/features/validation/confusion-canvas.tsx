import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { ToolButton } from "../../components/tool-button";
import { t } from "../../lib/i18n-matrix";
import { keyOf } from "../../lib/key-store";
import classes from "./confusion.module.css";
import { type Cell, handleCellKey } from "./confusion-cells";
import type { MatrixProps } from "./confusion-grid";
import { nextRanked } from "./confusion-painting";
import { useMatrixCanvas, ZOOM_STEP } from "./use-matrix-canvas";
import { useMatrixGestures } from "./use-matrix-gestures";

/** The matrix painted on a canvas, for more classes than elements would bear; read out cell by cell. */
export function ConfusionCanvas({ painting, selected, onSelect, goTo, stamp }: MatrixProps) {
  const last = painting.cells.size - 1;
  const [wanted, setWanted] = useState<Cell>(selected ?? painting.ranked[0] ?? [0, 0]);
  const [byKey, setByKey] = useState(false);
  const active = useMemo((): Cell => [Math.min(wanted[0], last), Math.min(wanted[1], last)], [wanted, last]);
  const marks = useMemo(() => ({ active, selected }), [active, selected]);
  const canvas = useMatrixCanvas(painting, marks, stamp);
  const { goTo: bring } = canvas;
  const pointAt = (cell: Cell) => {
    setByKey(false);
    setWanted((old) => (old[0] === cell[0] && old[1] === cell[1] ? old : cell));
  };
  const gestures = useMatrixGestures(canvas, pointAt, (cell) => {
    pointAt(cell);
    onSelect?.(cell);
  });
  const gone = useRef(goTo);
  useEffect(() => {
    if (!goTo || gone.current === goTo) return;
    gone.current = goTo;
    setByKey(true);
    setWanted(goTo.cell);
    bring(goTo.cell);
  }, [goTo, bring]);

  const move = (next: Cell) => {
    setByKey(true);
    setWanted(next);
    canvas.show(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const key = keyOf(event);
    const act = { "+": ZOOM_STEP, "=": ZOOM_STEP, "-": 1 / ZOOM_STEP }[key];
    if (event.ctrlKey || event.metaKey || event.altKey || (act === undefined && !"0np".includes(key))) {
      handleCellKey(event, active, last + 1, onSelect, move, canvas.page());
      return;
    }
    event.preventDefault();
    if (act !== undefined) canvas.zoom(act);
    else if (key === "0") canvas.reset();
    else {
      const next = nextRanked(painting, active, key === "n" ? 1 : -1);
      if (next) move(next);
    }
  };
  const { frame } = canvas;
  const size = frame
    ? { width: frame.left + frame.plot.side, height: frame.top + frame.plot.side }
    : undefined;
  return (
    <div ref={canvas.host} className={classes.canvasHost}>
      <div className={classes.canvasHead}>
        <p className={classes.readout} aria-live={byKey ? "polite" : "off"} data-testid="confusion-readout">
          {painting.wordsOf(active[0], active[1])}
        </p>
        <fieldset className={classes.zoom} aria-label={t("matrix.zoom")}>
          <ToolButton icon="minus" label={t("matrix.zoomOut")} onClick={() => canvas.zoom(1 / ZOOM_STEP)} />
          <ToolButton icon="plus" label={t("matrix.zoomIn")} onClick={() => canvas.zoom(ZOOM_STEP)} />
          <ToolButton icon="fit" label={t("matrix.zoomWhole")} onClick={canvas.reset} />
        </fieldset>
      </div>
      <div className={classes.layers} style={size}>
        <canvas ref={canvas.base} style={size} data-testid="confusion-cells" />
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes arrow keys as a whole */}
        <canvas
          ref={canvas.over}
          className={classes.canvas}
          style={size}
          tabIndex={0}
          role="application"
          aria-label={t("confusion.title")}
          data-testid="confusion-canvas"
          data-size={painting.cells.size}
          data-left={frame?.left}
          data-top={frame?.top}
          data-side={frame?.plot.side}
          onKeyDown={onKeyDown}
          {...gestures}
        />
      </div>
    </div>
  );
}
