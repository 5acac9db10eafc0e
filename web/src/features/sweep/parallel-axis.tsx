import { type PointerEvent, useRef } from "react";
import type { Axis } from "../../lib/sweep-axes";
import classes from "./parallel.module.css";

/** A press that moved less, in px, chooses nothing. */
const LEAST = 4;
const REACH = 14;
/** What is drawn around a part, which may be one value, in px. */
const ROUND = 3;
const MOST_NAME = 18;

interface Props {
  axis: Axis;
  x: number;
  top: number;
  bottom: number;
  /** Where its ticks are written. */
  side: "left" | "right";
  brush: readonly [number, number] | undefined;
  onBrush: (brush: readonly [number, number] | null) => void;
}

/** An axis with its ticks; a drag along it chooses a part. */
export function ParallelAxis({ axis, x, top, bottom, side, brush, onBrush }: Props) {
  const from = useRef<number | null>(null);
  const y = (place: number) => top + (1 - place) * (bottom - top);
  const placeAt = (event: PointerEvent<SVGRectElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    const place = 1 - (event.clientY - (box?.top ?? 0) - top) / (bottom - top);
    return Math.min(1, Math.max(0, place));
  };
  const move = (event: PointerEvent<SVGRectElement>) => {
    if (from.current === null) return;
    const to = placeAt(event);
    const far = Math.abs(to - from.current) * (bottom - top) >= LEAST;
    onBrush(far ? [Math.min(from.current, to), Math.max(from.current, to)] : null);
  };
  const off = side === "left" ? -8 : 8;
  return (
    <g>
      <text x={x} y={14} textAnchor="middle" className={classes.name}>
        <title>{axis.name}</title>
        {axis.name.length > MOST_NAME ? `${axis.name.slice(0, MOST_NAME - 1)}…` : axis.name}
      </text>
      <line x1={x} x2={x} y1={top} y2={bottom} className={classes.axis} />
      {axis.ticks.map((tick) => (
        <g key={tick.text} className={classes.tick}>
          <line x1={x} x2={x + off / 2} y1={y(tick.at)} y2={y(tick.at)} />
          <text x={x + off} y={y(tick.at)} dy="0.32em" textAnchor={side === "left" ? "end" : "start"}>
            {tick.text}
          </text>
        </g>
      ))}
      {brush ? (
        <rect
          x={x - 6}
          width={12}
          y={y(brush[1]) - ROUND}
          height={y(brush[0]) - y(brush[1]) + 2 * ROUND}
          className={classes.brush}
        />
      ) : null}
      <rect
        x={x - REACH}
        width={2 * REACH}
        y={top - REACH / 2}
        height={bottom - top + REACH}
        className={classes.reach}
        data-testid={`axis-${axis.name}`}
        onPointerDown={(event) => {
          from.current = placeAt(event);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={(event) => {
          move(event);
          from.current = null;
        }}
        onPointerCancel={() => {
          from.current = null;
        }}
      />
    </g>
  );
}
