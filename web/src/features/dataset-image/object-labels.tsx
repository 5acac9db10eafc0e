import { useMemo } from "react";
import type { DatasetObject } from "../../api/types";
import { classColor } from "../../lib/class-color";
import { t } from "../../lib/i18n-datasets";
import type { Size } from "../../lib/image-size";
import { labelRows } from "../../lib/label-rows";
import classes from "./dataset-image.module.css";

/** Height of a row of labels. */
const ROW_EM = 1.5;

interface Props {
  objects: readonly DatasetObject[];
  size: Size;
  hovered: number | null;
}

export function ObjectLabels({ objects, size, hovered }: Props) {
  const rows = useMemo(() => labelRows(objects, false, size.width), [objects, size.width]);
  return (
    <div className={classes.labels} data-dim={hovered !== null || undefined} aria-hidden="true">
      {objects.map((object, at) => (
        <span
          key={object.object_id}
          data-testid="object-label"
          data-hovered={hovered === object.object_id || undefined}
          style={{
            left: `${(100 * object.x) / size.width}%`,
            top: `${(100 * object.y) / size.height}%`,
            marginTop: `${-ROW_EM * (rows[at] ?? 0)}em`,
            color: classColor(object.class_id),
          }}
        >
          {object.class_name}
          {object.iscrowd ? ` (${t("object.crowd")})` : null}
        </span>
      ))}
    </div>
  );
}
