import { Modal, Switch } from "@mantine/core";
import { type CSSProperties, useEffect, useState } from "react";
import { useResultImage } from "../../api/result-image";
import type { ResultImagesQuery } from "../../api/result-images";
import type { ImageDetail } from "../../api/types";
import { ErrorState, Loading } from "../../components/page-state";
import { ToolButton } from "../../components/tool-button";
import { t } from "../../lib/i18n-validation";
import { useKeys } from "../../lib/use-keys";
import { Classified } from "./classified";
import { ImageEpochs } from "./image-epochs";
import { ImageStage } from "./image-stage";
import classes from "./image-view.module.css";
import { ObjectList } from "./object-list";
import { partsOf, useShown } from "./use-shown";
import { hasPlace, thresholdsOf, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  imageId: number;
  query: ResultImagesQuery;
}

/** One image with its truth and its predictions; arrow keys lead to the next image; the scrubber below to other epochs. */
export function ImageView({ jobId, epoch, imageId, query, task, search, onChange }: Props) {
  const { conf, iou } = thresholdsOf(search, task);
  const image = useResultImage(jobId, epoch, imageId, conf, iou);
  const [show, toggle] = useShown(task);
  const [hovered, setHovered] = useState<string | null>(null);

  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const ids = items.map((item) => item.image_id);
  const index = ids.indexOf(imageId);
  const total = query.data?.pages[0]?.total_images ?? ids.length;
  const step = (by: number) => {
    const next = ids[index + by];
    if (next !== undefined) onChange({ image: next });
  };
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (index >= 0 && index >= ids.length - 3 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [index, ids.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  useKeys([
    ["ArrowLeft", () => step(-1), t("keys.previousImage")],
    ["ArrowRight", () => step(1), t("keys.nextImage")],
    ["t", () => toggle("truth"), t("keys.toggle", { what: t("image.truth") })],
    ["p", () => toggle("predictions"), t("keys.toggle", { what: t("image.predictions") })],
    ["l", () => toggle("labels"), t("keys.toggle", { what: t("image.labels") })],
    ["b", () => toggle("boxes"), t("keys.toggle", { what: t("image.boxes") })],
    ["m", () => toggle("masks"), t("keys.toggle", { what: t("image.masks") })],
    ["k", () => toggle("keypoints"), t("keys.toggle", { what: t("image.keypoints") })],
  ]);

  const data = image.data;
  return (
    <Modal
      opened
      fullScreen
      onClose={() => onChange({ image: undefined })}
      withCloseButton={false}
      padding={0}
      transitionProps={{ duration: 0 }}
      aria-label={t("image.title")}
    >
      <div className={classes.view} data-testid="image-view" data-image-id={imageId} data-epoch={epoch}>
        <header className={classes.bar}>
          <ToolButton label={t("common.close")} icon="close" onClick={() => onChange({ image: undefined })} />
          <strong className={classes.path}>{data?.path}</strong>
          <span className={classes.steps}>
            <ToolButton
              label={t("image.previous")}
              icon="left"
              disabled={index <= 0}
              onClick={() => step(-1)}
            />
            <span className={classes.position}>
              {index >= 0 ? t("image.position", { index: index + 1, total }) : null}
            </span>
            <ToolButton
              label={t("image.next")}
              icon="right"
              disabled={index < 0 || index >= ids.length - 1}
              onClick={() => step(1)}
            />
          </span>
          <span className={classes.switches}>
            {partsOf(task).map((part) => (
              <Switch
                key={part}
                size="xs"
                label={t(`image.${part}`)}
                checked={show[part]}
                onChange={() => toggle(part)}
                data-testid={`toggle-${part}`}
              />
            ))}
          </span>
        </header>
        {data ? (
          <div className={classes.content} style={{ "--ratio": ratioOf(data) } as CSSProperties}>
            <ImageStage
              image={data}
              placed={hasPlace(task)}
              sought={search.error ? (items[index]?.highlights ?? []) : []}
              show={show}
              hovered={hovered}
              onHover={setHovered}
            />
            {hasPlace(task) ? (
              <ObjectList image={data} task={task} hovered={hovered} onHover={setHovered} />
            ) : (
              <Classified image={data} />
            )}
          </div>
        ) : image.isError ? (
          <ErrorState error={image.error} retry={() => void image.refetch()} />
        ) : (
          <Loading rows={1} height={400} />
        )}
        <ImageEpochs imageId={imageId} image={data} task={task} at={{ conf, iou }} hovered={hovered} />
      </div>
    </Modal>
  );
}

const UNKNOWN_RATIO = 4 / 3;
const ratioOf = ({ width, height }: ImageDetail): number =>
  width && height ? width / height : UNKNOWN_RATIO;
