import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { formatCount } from "../lib/format";
import { type Grid, largestOf, type Place, peakOf, shade } from "../lib/heat";
import classes from "./heat-map.module.css";

const SIDE_PX = 440;
const LEAST_SHADE = 0.1;

interface Props {
  counts: Grid;
  label: string;
  /** What a cell says when it is pointed at. */
  describe: (place: Place, count: number) => string;
  /** Texts along the axes, from the top and from the left. */
  yTicks: readonly string[];
  xTicks: readonly string[];
  /** Row 0 at the bottom, as in a plot, instead of at the top, as in an image. */
  upwards?: boolean;
}

/** A square of counts as shades; pointer and arrow keys read out its cells. */
export function HeatMap({ counts, label, describe, yTicks, xTicks, upwards = false }: Props) {
  const [chosen, setChosen] = useState<Place | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  const largest = largestOf(counts);
  const rows = counts.length;
  const place = chosen ?? peakOf(counts);
  const [row, column] = place;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours follow the scheme
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    element.width = SIDE_PX * ratio;
    element.height = SIDE_PX * ratio;
    const style = getComputedStyle(element);
    const color = style.getPropertyValue("--matrix-right").trim();
    const unit = element.width / rows;
    context.fillStyle = style.getPropertyValue("--sunken").trim();
    context.fillRect(0, 0, element.width, element.height);
    counts.forEach((cells, r) => {
      const top = upwards ? rows - 1 - r : r;
      cells.forEach((count, c) => {
        if (count === 0) return;
        context.fillStyle = `rgb(${color} / ${LEAST_SHADE + (1 - LEAST_SHADE) * shade(count, largest)})`;
        context.fillRect(c * unit, top * unit, unit, unit);
      });
    });
    if (!chosen) return;
    context.strokeStyle = style.getPropertyValue("--text").trim();
    context.lineWidth = 1.5 * ratio;
    context.strokeRect(chosen[1] * unit, (upwards ? rows - 1 - chosen[0] : chosen[0]) * unit, unit, unit);
  }, [counts, largest, rows, upwards, chosen, scheme]);

  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (share: number) => Math.min(rows - 1, Math.max(0, Math.floor(share * rows)));
    const top = at((event.clientY - box.top) / box.height);
    setChosen([upwards ? rows - 1 - top : top, at((event.clientX - box.left) / box.width)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const within = (value: number) => Math.min(rows - 1, Math.max(0, value));
    setChosen([within(row + (upwards ? -step[0] : step[0])), within(column + step[1])]);
  };
  return (
    <div>
      <p className={classes.readout} aria-live="polite">
        {describe(place, counts[row]?.[column] ?? 0)}
      </p>
      <div className={classes.map}>
        <div className={classes.y} aria-hidden="true">
          {yTicks.map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes arrow keys as a whole */}
        <canvas
          ref={canvas}
          className={classes.canvas}
          tabIndex={0}
          role="application"
          aria-label={label}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setChosen(null)}
          onKeyDown={onKeyDown}
        />
        <div className={classes.x} aria-hidden="true">
          {xTicks.map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </div>
      </div>
      <div className={classes.scale} aria-hidden="true">
        <span>1</span>
        <span
          className={classes.ramp}
          style={{
            background: `linear-gradient(to right, rgb(var(--matrix-right) / ${LEAST_SHADE}), rgb(var(--matrix-right)))`,
          }}
        />
        <span>{formatCount(largest)}</span>
      </div>
    </div>
  );
}

const STEPS: Record<string, Place> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};
