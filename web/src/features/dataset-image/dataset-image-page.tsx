import { useNavigate } from "@tanstack/react-router";
import { type CSSProperties, useState } from "react";
import { ApiError } from "../../api/client";
import { useDatasetImage } from "../../api/dataset-image";
import { thumbnailUrl } from "../../api/dataset-thumbnail";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { PictureStage } from "../../components/picture-stage";
import { type DatasetView, imageSearch } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";
import { useKeys } from "../../lib/use-keys";
import { useTitle } from "../../lib/use-title";
import classes from "./dataset-image.module.css";
import { ImageBar } from "./image-bar";
import { ImageSide } from "./image-side";
import { ObjectLabels } from "./object-labels";
import { ObjectShapes } from "./object-shapes";
import { useNeighbours } from "./use-neighbours";
import { useShown } from "./use-shown";

const NO_SKELETON: [number, number][] = [];

interface Props extends Omit<DatasetView, "onChange"> {
  imageId: number;
}

/** One image with what is annotated on it; arrow keys lead through the images that the filter leaves. */
export function DatasetImagePage({ dataset, snapshot, search, imageId }: Props) {
  const query = useDatasetImage(dataset.id, snapshot.hash, imageId);
  const image = query.data;
  const neighbours = useNeighbours({ dataset, snapshot, search }, imageId, image);
  const [show, toggle] = useShown();
  const [pointed, setPointed] = useState<number | null>(null);
  const [pinned, setPinned] = useState<number | null>(null);
  const navigate = useNavigate();
  useTitle(image?.path ?? t("image.title"));
  const step = (to: number | null) => {
    if (to === null) return;
    setPointed(null);
    setPinned(null);
    void navigate({
      to: "/datasets/$datasetId/images/$imageId",
      params: { datasetId: dataset.id, imageId: to },
      search: imageSearch(search),
      replace: true,
      resetScroll: false,
    });
  };
  useKeys([
    ["ArrowLeft", () => step(neighbours.previous), t("keys.previousImage")],
    ["ArrowRight", () => step(neighbours.next), t("keys.nextImage")],
    ["b", () => toggle("boxes"), t("keys.toggle", { what: t("object.boxes") })],
    ["m", () => toggle("masks"), t("keys.toggle", { what: t("object.masks") })],
    ["k", () => toggle("keypoints"), t("keys.toggle", { what: t("object.keypoints") })],
    ["l", () => toggle("labels"), t("keys.toggle", { what: t("object.labels") })],
    [
      "Escape",
      () =>
        void navigate({
          to: "/datasets/$datasetId",
          params: { datasetId: dataset.id },
          search: imageSearch(search),
          hash: `image-${imageId}`,
        }),
      t("keys.back"),
    ],
  ]);
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <EmptyState title={t("image.notFound", { id: imageId })} text={t("error.notFoundHint")} />;
  }
  const hovered = pointed ?? pinned;
  const pin = (objectId: number) => setPinned((old) => (old === objectId ? null : objectId));
  const isClassification = snapshot.task === "classification";
  return (
    <div className={classes.view} data-testid="dataset-image-view" data-image-id={image?.image_id}>
      <ImageBar
        dataset={dataset}
        search={search}
        imageId={imageId}
        image={isClassification ? undefined : image}
        path={image?.path}
        neighbours={neighbours}
        onStep={step}
        show={show}
        onToggle={toggle}
      />
      {image ? (
        <div
          className={classes.content}
          style={{ "--ratio": image.width / image.height } as CSSProperties}
          data-stale={query.isPlaceholderData || undefined}
        >
          <PictureStage
            url={image.url}
            alt={t("image.altObjects", { path: image.path, count: image.objects.length })}
            size={image}
            placeholder={thumbnailUrl(dataset.id, image.image_id, snapshot.hash)}
            dim={hovered !== null}
            overlay={
              show.labels && !isClassification ? (
                <ObjectLabels objects={image.objects} size={image} hovered={hovered} />
              ) : null
            }
          >
            {isClassification ? null : (
              <ObjectShapes
                objects={image.objects}
                skeleton={snapshot.keypoints?.skeleton ?? NO_SKELETON}
                show={show}
                hovered={hovered}
                onHover={setPointed}
                onPin={pin}
              />
            )}
          </PictureStage>
          <ImageSide
            image={image}
            isClassification={isClassification}
            hovered={hovered}
            pinned={pinned}
            onHover={setPointed}
            onPin={pin}
          />
        </div>
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={1} height={400} />
      )}
    </div>
  );
}
