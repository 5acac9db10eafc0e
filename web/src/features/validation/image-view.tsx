import { type CSSProperties, useMemo, useState } from "react";
import { useResultImage } from "../../api/result-image";
import type { Box, ImageDetail } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-images";
import { parseRegion, regionText } from "../../lib/region";
import { useKeys } from "../../lib/use-keys";
import { useStored } from "../../lib/use-stored";
import { Classified } from "./classified";
import { ImageBar } from "./image-bar";
import { ImageEpochs } from "./image-epochs";
import { ImageStage } from "./image-stage";
import classes from "./image-view.module.css";
import { ObjectList } from "./object-list";
import { useImageSteps } from "./use-image-steps";
import { useShown } from "./use-shown";
import { hasPlace, isChosen, thresholdsOf, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
  imageId: number;
}

/** One image with its truth and its predictions; arrow keys lead to the next image; the scrubber below to other epochs. */
export function ImageView({ jobId, epoch, imageId, task, search, onChange }: Props) {
  const { conf, iou } = thresholdsOf(search, task);
  const image = useResultImage(jobId, epoch, imageId, conf, iou);
  const steps = useImageSteps(jobId, epoch, imageId, { task, search });
  const [show, toggle] = useShown(task);
  const [beside, setBeside] = useStored("validation.beside", false);
  const [hovered, setHovered] = useState<string | null>(null);
  const [looks, setLooks] = useState(0);
  // A click on the same row looks again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `looks` counts the clicks
  const look = useMemo(() => lookOf(search.at), [search.at, looks]);

  const goTo = (next: number | null) => {
    if (next !== null) onChange({ image: next, at: undefined });
  };
  const onLook = (box: Box) => {
    setLooks((count) => count + 1);
    onChange({ at: regionText(box) });
  };
  const onClose = () => onChange({ image: undefined, at: undefined });
  const onBeside = () => hasPlace(task) && setBeside(!beside);
  useKeys([
    ["ArrowLeft", () => goTo(steps.previous), t("keys.previousImage")],
    ["ArrowRight", () => goTo(steps.next), t("keys.nextImage")],
    ["t", () => toggle("truth"), t("keys.toggle", { what: t("image.truth") })],
    ["p", () => toggle("predictions"), t("keys.toggle", { what: t("image.predictions") })],
    ["l", () => toggle("labels"), t("keys.toggle", { what: t("image.labels") })],
    ["b", () => toggle("boxes"), t("keys.toggle", { what: t("image.boxes") })],
    ["m", () => toggle("masks"), t("keys.toggle", { what: t("image.masks") })],
    ["k", () => toggle("keypoints"), t("keys.toggle", { what: t("image.keypoints") })],
    ["s", onBeside, t("view.side")],
  ]);

  const data = image.data;
  const placed = hasPlace(task);
  return (
    <Dialog
      opened
      fullScreen
      onClose={onClose}
      transitionProps={{ duration: 0 }}
      title={t("image.title")}
      bare
    >
      <div className={classes.view} data-testid="image-view" data-image-id={imageId} data-epoch={epoch}>
        <ImageBar
          path={data?.path}
          task={task}
          epoch={epoch}
          steps={steps}
          onImage={goTo}
          onClose={onClose}
          show={show}
          onToggle={toggle}
          beside={beside}
          onBeside={onBeside}
        />
        {data ? (
          <div
            className={classes.content}
            data-side={(placed && beside) || undefined}
            style={{ "--ratio": ratioOf(data) } as CSSProperties}
          >
            <ImageStage
              image={data}
              task={task}
              sought={isChosen(search) ? steps.sought : []}
              show={show}
              beside={placed && beside}
              look={look}
              hovered={hovered}
              onHover={setHovered}
            />
            {placed ? (
              <ObjectList image={data} task={task} hovered={hovered} onHover={setHovered} onLook={onLook} />
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
    </Dialog>
  );
}

function lookOf(at: string | undefined): { box: Box } | null {
  const box = parseRegion(at);
  return box ? { box } : null;
}

const UNKNOWN_RATIO = 4 / 3;
const ratioOf = ({ width, height }: ImageDetail): number =>
  width && height ? width / height : UNKNOWN_RATIO;
