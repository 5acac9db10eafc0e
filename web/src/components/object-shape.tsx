import { type CSSProperties, memo, type ReactNode } from "react";
import type { Box } from "../api/types";
import { dotPath, dotsPath, type Keypoint, outlinePath, skeletonPath } from "../lib/shape-paths";
import classes from "./object-shape.module.css";

/** A line of predictions is broken, that of a wrong one dotted, so that colour isn't all that tells them apart. */
export type Dash = "crowd" | "prediction" | "wrong";
export type Weight = "strong" | "faint";

interface ShapeProps {
  color: string;
  dash?: Dash | undefined;
  weight?: Weight | undefined;
  hovered: boolean;
  /** Whether it is matched with what is hovered. */
  partner?: boolean;
  onHover: (over: boolean) => void;
  onPin?: (() => void) | undefined;
  /** `data-…` attributes. */
  data: Record<`data-${string}`, string | number | undefined>;
  children: ReactNode;
}

/** Everything drawn of one object; its parts take the colour from here. */
export function ObjectShape({
  color,
  dash,
  weight,
  hovered,
  partner = false,
  onHover,
  onPin,
  data,
  children,
}: ShapeProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list beside it does the same by keys
    <g
      className={classes.shape}
      style={{ "--shape": color } as CSSProperties}
      data-dash={dash}
      data-weight={weight}
      data-hovered={hovered || undefined}
      data-partner={partner || undefined}
      {...data}
      onPointerEnter={() => onHover(true)}
      onPointerLeave={() => onHover(false)}
      onClick={onPin}
    >
      {children}
    </g>
  );
}

interface PartProps {
  /** The test id is this and the part's name. */
  name: string;
  /** With a dark line below, which shows on bright pictures; without it where it would cover other lines. */
  under?: boolean;
}

// Pointing at one of many objects draws none of the others anew.
export const BoxPart = memo(function BoxPart({
  box: { x, y, w, h },
  name,
  under = true,
  outcome,
  className,
}: PartProps & { box: Box; outcome?: string; className?: string }) {
  const place = { x, y, width: Math.max(w, 0.5), height: Math.max(h, 0.5) };
  return (
    <>
      {under ? <rect {...place} className={classes.under} /> : null}
      <rect
        {...place}
        className={`${classes.line} ${classes.box}`}
        data-testid={`${name}-box`}
        data-outcome={outcome}
        data-class={className}
      />
    </>
  );
});

export const MaskPart = memo(function MaskPart({
  outlines,
  name,
  under = true,
}: PartProps & { outlines: readonly (readonly number[])[] }) {
  const path = outlinePath(outlines);
  return (
    <>
      {under ? <path d={path} className={classes.under} /> : null}
      <path d={path} className={`${classes.line} ${classes.mask}`} data-testid={`${name}-mask`} />
    </>
  );
});

interface KeypointsProps extends PartProps {
  keypoints: readonly Keypoint[];
  skeleton: readonly (readonly number[])[];
  /** A colour for each keypoint, where they are to be told apart; else all have the object's. */
  colorOf?: (index: number) => string;
  /** Squares instead of circles. */
  square?: boolean;
}

/** Seen keypoints are full, hidden ones hollow. */
export const KeypointsPart = memo(function KeypointsPart({
  keypoints,
  skeleton,
  name,
  under = true,
  colorOf,
  square = false,
}: KeypointsProps) {
  const lines = skeletonPath(keypoints, skeleton);
  const hidden = dotsPath(keypoints, 1);
  const dots = dotsPath(keypoints, 2) + hidden;
  return (
    <>
      {under ? <path d={lines} className={classes.under} /> : null}
      <path d={lines} className={classes.line} data-testid={`${name}-skeleton`} />
      <g data-square={square || undefined}>
        <path d={dots} className={classes.dotUnder} />
        {colorOf ? (
          keypoints.map((point, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a keypoint is known by its place
            <path key={at} d={dotPath(point)} className={classes.dot} style={{ stroke: colorOf(at) }} />
          ))
        ) : (
          <path d={dots} className={`${classes.dot} ${classes.plain}`} data-testid={`${name}-keypoints`} />
        )}
        <path d={hidden} className={classes.hole} data-testid={`${name}-hidden`} />
      </g>
    </>
  );
});

/** A keypoint for a legend. */
export function KeypointDot({
  color,
  square = false,
  hollow = false,
}: {
  color: string;
  square?: boolean;
  hollow?: boolean;
}) {
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 14 14"
      className={classes.shape}
      data-square={square || undefined}
      aria-hidden="true"
    >
      <path d="M7 7h0" className={classes.dotUnder} />
      <path d="M7 7h0" className={classes.dot} style={{ stroke: color }} />
      {hollow ? <path d="M7 7h0" className={classes.hole} /> : null}
    </svg>
  );
}

/** A line for a legend, as an object's outline is drawn. */
export function LegendLine({ color, dash, weight }: { color: string; dash?: Dash; weight?: Weight }) {
  return (
    <svg width="30" height="6" aria-hidden="true">
      <g
        className={classes.shape}
        style={{ "--shape": color } as CSSProperties}
        data-dash={dash}
        data-weight={weight}
      >
        <path d="M0 3h30" className={classes.line} />
      </g>
    </svg>
  );
}
