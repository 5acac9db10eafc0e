import { type CSSProperties, memo, useMemo } from "react";
import type { DatasetObject } from "../../api/types";
import { classColor } from "../../lib/class-color";
import classes from "./dataset-image.module.css";
import { dotsPath, outlinePath, skeletonPath } from "./shape-paths";
import type { Shown } from "./use-shown";

interface Props {
  objects: readonly DatasetObject[];
  skeleton: readonly (readonly number[])[];
  show: Shown;
  hovered: number | null;
  onHover: (objectId: number | null) => void;
  onPin: (objectId: number) => void;
}

/** Everything annotated, largest first, so that what is small can be reached. */
export function ObjectShapes({ objects, skeleton, show, hovered, onHover, onPin }: Props) {
  const ordered = useMemo(() => [...objects].sort((a, b) => b.w * b.h - a.w * a.h), [objects]);
  return ordered.map((object) => (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list beside it does the same by keys
    <g
      key={object.object_id}
      className={classes.shape}
      style={{ "--class": classColor(object.class_id) } as CSSProperties}
      data-hovered={hovered === object.object_id || undefined}
      data-crowd={object.iscrowd || undefined}
      data-testid="object-shape"
      data-object-id={object.object_id}
      data-class={object.class_name}
      onPointerEnter={() => onHover(object.object_id)}
      onPointerLeave={() => onHover(null)}
      onClick={() => onPin(object.object_id)}
    >
      {show.masks && object.outlines ? <Mask outlines={object.outlines} /> : null}
      {show.boxes ? <Box object={object} /> : null}
      {show.keypoints && object.keypoints ? (
        <Keypoints keypoints={object.keypoints} skeleton={skeleton} />
      ) : null}
    </g>
  ));
}

// Pointing at one of many objects draws none of the others anew.
const Box = memo(function Box({ object: { x, y, w, h } }: { object: DatasetObject }) {
  const place = { x, y, width: Math.max(w, 0.5), height: Math.max(h, 0.5) };
  return (
    <>
      <rect {...place} className={classes.under} />
      <rect {...place} className={`${classes.line} ${classes.box}`} data-testid="object-box" />
    </>
  );
});

const Mask = memo(function Mask({ outlines }: { outlines: readonly (readonly number[])[] }) {
  const path = outlinePath(outlines);
  return (
    <>
      <path d={path} className={classes.under} />
      <path d={path} className={`${classes.line} ${classes.mask}`} data-testid="object-mask" />
    </>
  );
});

const Keypoints = memo(function Keypoints({
  keypoints,
  skeleton,
}: {
  keypoints: readonly (readonly number[])[];
  skeleton: readonly (readonly number[])[];
}) {
  const lines = skeletonPath(keypoints, skeleton);
  const seen = dotsPath(keypoints, 2);
  const hidden = dotsPath(keypoints, 1);
  return (
    <>
      <path d={lines} className={classes.under} />
      <path d={lines} className={classes.line} data-testid="object-skeleton" />
      <path d={seen + hidden} className={classes.dotUnder} />
      <path d={seen + hidden} className={classes.dot} data-testid="object-keypoints" />
      <path d={hidden} className={classes.hole} />
    </>
  );
});
