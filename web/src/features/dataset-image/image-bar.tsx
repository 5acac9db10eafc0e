import { Switch } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { DatasetImage } from "../../api/types";
import { Icon } from "../../components/icon";
import { ToolButton } from "../../components/tool-button";
import { type DatasetView, imageSearch } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";
import classes from "./dataset-image.module.css";
import type { Neighbours } from "./use-neighbours";
import { PARTS, type Part, type Shown } from "./use-shown";

interface Props extends Pick<DatasetView, "dataset" | "search"> {
  imageId: number;
  /** Undefined while there is nothing to be drawn over the picture. */
  image: DatasetImage | undefined;
  path: string | undefined;
  neighbours: Neighbours;
  onStep: (imageId: number | null) => void;
  show: Shown;
  onToggle: (part: Part) => void;
}

/** Where one is, the way back and on, and what is drawn. */
export function ImageBar({
  dataset,
  search,
  imageId,
  image,
  path,
  neighbours,
  onStep,
  show,
  onToggle,
}: Props) {
  const { previous, next, position, total } = neighbours;
  return (
    <header className={classes.bar}>
      <Link
        to="/datasets/$datasetId"
        params={{ datasetId: dataset.id }}
        search={imageSearch(search)}
        hash={`image-${imageId}`}
        className={classes.back}
        data-testid="back-to-images"
      >
        <Icon name="left" size={14} />
        {dataset.name}
      </Link>
      <h1 className={classes.path} title={path}>
        {path}
      </h1>
      <span className={classes.steps}>
        <ToolButton
          label={t("image.previous")}
          icon="left"
          disabled={previous === null}
          onClick={() => onStep(previous)}
        />
        <span className={classes.position} data-testid="image-position">
          {position === null ? "–" : t("image.position", { index: position, total })}
        </span>
        <ToolButton
          label={t("image.next")}
          icon="right"
          disabled={next === null}
          onClick={() => onStep(next)}
        />
      </span>
      {image ? <Switches image={image} show={show} onToggle={onToggle} /> : null}
    </header>
  );
}

function Switches({ image, show, onToggle }: Pick<Props, "show" | "onToggle"> & { image: DatasetImage }) {
  const there: Record<Part, boolean> = {
    boxes: image.objects.length > 0,
    masks: image.objects.some((one) => one.outlines !== null),
    keypoints: image.objects.some((one) => one.keypoints !== null),
    labels: image.objects.length > 0,
  };
  return (
    <span className={classes.switches}>
      {PARTS.map((part) =>
        there[part] || part === "boxes" || part === "labels" ? (
          <Switch
            key={part}
            size="xs"
            label={t(`object.${part}`)}
            checked={show[part]}
            onChange={() => onToggle(part)}
            data-testid={`toggle-${part}`}
          />
        ) : null,
      )}
    </span>
  );
}
