import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { DatasetSearch } from "../lib/dataset-search";
import { t } from "../lib/i18n-datasets";
import classes from "./dataset-image-card.module.css";
import { ThumbnailFrame } from "./thumbnail-frame";
import frames from "./thumbnail-frame.module.css";

/** So many characters of a file's name are always seen. */
const END = 9;

interface Props {
  datasetId: number;
  imageId: number;
  path: string;
  url: string | null;
  /** What the image's own page is to keep in its address. */
  search: DatasetSearch;
  /** Beside the file's name: the number of objects, or the class. */
  note?: string;
  /** On the picture: what became of it. */
  badge?: string;
  /** What screen readers say instead of note and badge. */
  label: string;
  problems?: readonly string[];
}

/** A small picture that leads to the image's page. */
export const DatasetImageCard = memo(function DatasetImageCard({
  datasetId,
  imageId,
  path,
  url,
  search,
  note,
  badge,
  label,
  problems = [],
}: Props) {
  const wrong = problems.length > 0 ? t("problems.count", { count: problems.length }) : null;
  return (
    <Link
      id={`image-${imageId}`}
      to="/datasets/$datasetId/images/$imageId"
      params={{ datasetId, imageId }}
      search={search}
      preload={false}
      className={frames.card}
      data-testid="dataset-image"
      data-image-id={imageId}
      aria-label={[path, label, wrong].filter(Boolean).join(", ")}
      title={path}
    >
      <ThumbnailFrame url={url}>
        {badge ? (
          <span className={classes.marks} data-left>
            <span className={classes.mark}>{badge}</span>
          </span>
        ) : null}
        {wrong ? (
          <span className={classes.marks}>
            <span className={classes.mark} data-problem title={problems.join(", ")}>
              ! {problems.length > 1 ? problems.length : null}
            </span>
          </span>
        ) : null}
      </ThumbnailFrame>
      <span className={frames.caption}>
        <FileName path={path} />
        {note ? <span className={classes.note}>{note}</span> : null}
      </span>
    </Link>
  );
});

/** Files of one folder often begin alike: the end is what has to be seen. */
function FileName({ path }: { path: string }) {
  const name = path.split("/").pop() ?? path;
  return (
    <span className={classes.name}>
      <span>{name.slice(0, -END)}</span>
      <span>{name.slice(-END)}</span>
    </span>
  );
}
