import { useMemo } from "react";
import type { DatasetObject } from "../../api/types";
import { BoxPart, KeypointsPart, MaskPart, ObjectShape } from "../../components/object-shape";
import { classColor } from "../../lib/class-color";
import type { Shown } from "./use-shown";

const NAME = "object";

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
    <ObjectShape
      key={object.object_id}
      color={classColor(object.class_id)}
      dash={object.iscrowd ? "crowd" : undefined}
      hovered={hovered === object.object_id}
      onHover={(over) => onHover(over ? object.object_id : null)}
      onPin={() => onPin(object.object_id)}
      data={{
        "data-testid": "object-shape",
        "data-object-id": object.object_id,
        "data-class": object.class_name,
      }}
    >
      {show.masks && object.outlines ? <MaskPart outlines={object.outlines} name={NAME} /> : null}
      {show.boxes ? <BoxPart box={object} name={NAME} /> : null}
      {show.keypoints && object.keypoints ? (
        <KeypointsPart keypoints={object.keypoints} skeleton={skeleton} name={NAME} />
      ) : null}
    </ObjectShape>
  ));
}
