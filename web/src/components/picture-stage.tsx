import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { pictureError } from "../api/picture-error";
import type { Box } from "../api/types";
import { formatPercent } from "../lib/format";
import { t } from "../lib/i18n";
import type { Size } from "../lib/image-size";
import { useKeys } from "../lib/use-keys";
import { type SharedZoom, useZoom } from "../lib/use-zoom";
import classes from "./picture-stage.module.css";
import { ToolButton } from "./tool-button";

/** Room around the picture for labels at its edges. */
const INSET_PX = 28;
const PAN_PX = 60;
/** From here on, the picture's own pixels are shown as squares. */
const PIXELS_FROM = 4;

interface Props {
  /** Null: there is none to show. */
  url: string | null;
  alt: string;
  size: Size;
  /** A small one, shown until the picture is there. */
  placeholder?: string | null;
  /** What to zoom to whenever it is another. */
  look?: { box: Box } | null;
  /** With another picture of the same size that moves along. Keys and buttons are the first one's. */
  shared?: { zoom: SharedZoom; first: boolean };
  /** Whether what isn't hovered is to step back. */
  dim: boolean;
  /** Shapes in the picture's own pixels. */
  children: ReactNode;
  /** What keeps its size on the screen, over the shapes. */
  overlay?: ReactNode;
}

/** A picture with shapes over it that can be zoomed and panned; lines keep their width on the screen. */
export function PictureStage({
  url,
  alt,
  size,
  placeholder = null,
  look = null,
  shared,
  dim,
  children,
  overlay,
}: Props) {
  const host = useRef<HTMLElement>(null);
  const { zoom, frame, zoomIn, zoomOut, reset, pan, show, handlers } = useZoom(
    host,
    size,
    INSET_PX,
    shared?.zoom,
  );
  const leads = shared?.first ?? true;
  const measured = frame !== null;
  const zoomed = zoom.scale > 1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another picture is shown whole at first
  useEffect(reset, [url, reset]);
  useEffect(() => {
    if (look && measured) show(look.box);
  }, [look, measured, show]);
  useKeys(
    leads
      ? [
          ["+", zoomIn, t("keys.zoomIn")],
          ["=", zoomIn],
          ["-", zoomOut, t("keys.zoomOut")],
          ["0", reset, t("keys.whole")],
        ]
      : [],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step || !zoomed) return;
    // While it is zoomed, arrow keys move this picture and don't lead to the next.
    event.preventDefault();
    event.stopPropagation();
    pan(-step[0] * PAN_PX, -step[1] * PAN_PX);
  };
  return (
    <section
      ref={host}
      className={classes.stage}
      data-zoomed={zoomed || undefined}
      aria-label={t("stage.label")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys pan it
      tabIndex={0}
      onKeyDown={onKeyDown}
      {...handlers}
    >
      {frame ? (
        <div
          className={classes.frame}
          data-testid="picture-frame"
          data-pixels={(zoomed && frame.width / size.width >= PIXELS_FROM) || undefined}
          style={{ ...frame, ...(placeholder ? { backgroundImage: `url("${placeholder}")` } : {}) }}
        >
          <Picture key={url} url={url} alt={alt} />
          <svg
            viewBox={`0 0 ${size.width} ${size.height}`}
            preserveAspectRatio="none"
            data-dim={dim || undefined}
            aria-hidden="true"
          >
            {children}
          </svg>
          {overlay}
        </div>
      ) : null}
      {leads ? (
        <div className={classes.tools}>
          <ToolButton label={t("stage.out")} icon="minus" disabled={!zoomed} onClick={zoomOut} />
          <span className={classes.percent}>{formatPercent(zoom.scale)}</span>
          <ToolButton label={t("stage.in")} icon="plus" onClick={zoomIn} />
          <ToolButton label={t("stage.whole")} icon="fit" disabled={!zoomed} onClick={reset} />
        </div>
      ) : null}
    </section>
  );
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function Picture({ url, alt }: { url: string | null; alt: string }) {
  const [failure, setFailure] = useState<string | null>(url === null ? "" : null);
  if (url === null || failure !== null) {
    return (
      <span className={classes.failed} role="alert">
        <span>{t("images.failed")}</span>
        <small>{failure}</small>
      </span>
    );
  }
  const onError = () => {
    setFailure("");
    void pictureError(url).then(setFailure);
  };
  return <img src={url} alt={alt} draggable={false} onError={onError} />;
}
