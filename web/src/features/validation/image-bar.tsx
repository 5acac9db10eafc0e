import { Switch } from "@mantine/core";
import type { Task } from "../../api/types";
import { Icon } from "../../components/icon";
import { ToolButton } from "../../components/tool-button";
import { t } from "../../lib/i18n-images";
import { useCopyLink } from "../../lib/use-copy-link";
import classes from "./image-view.module.css";
import type { ImageSteps } from "./use-image-steps";
import { type Part, partsOf, type Shown } from "./use-shown";
import { hasPlace } from "./view-state";

interface Props {
  path: string | undefined;
  task: Task;
  epoch: number;
  steps: ImageSteps;
  onImage: (imageId: number) => void;
  onClose: () => void;
  show: Shown;
  onToggle: (part: Part) => void;
  beside: boolean;
  onBeside: () => void;
}

/** Which image this is, what comes before and after it, and what is drawn. */
export function ImageBar({
  path,
  task,
  epoch,
  steps,
  onImage,
  onClose,
  show,
  onToggle,
  beside,
  onBeside,
}: Props) {
  const { previous, next, position, total } = steps;
  return (
    <header className={classes.bar}>
      <ToolButton label={t("common.close")} icon="close" onClick={onClose} />
      <strong className={classes.path}>{path}</strong>
      <CopyLink epoch={epoch} />
      <span className={classes.steps}>
        <ToolButton
          label={t("image.previous")}
          icon="left"
          disabled={previous === null}
          onClick={() => previous !== null && onImage(previous)}
        />
        <span className={classes.position} data-testid="image-position">
          {position === null ? t("view.notAmong") : t("image.position", { index: position, total })}
        </span>
        <ToolButton
          label={t("image.next")}
          icon="right"
          disabled={next === null}
          onClick={() => next !== null && onImage(next)}
        />
      </span>
      <span className={classes.switches}>
        {partsOf(task).map((part) => (
          <Switch
            key={part}
            size="xs"
            label={t(`image.${part}`)}
            checked={show[part]}
            onChange={() => onToggle(part)}
            data-testid={`toggle-${part}`}
          />
        ))}
        {hasPlace(task) ? (
          <Switch
            size="xs"
            label={t("view.side")}
            checked={beside}
            onChange={onBeside}
            data-testid="toggle-beside"
          />
        ) : null}
      </span>
    </header>
  );
}

/** The address has everything that is seen here; the epoch is written out, as the latest is another one tomorrow. */
function CopyLink({ epoch }: { epoch: number }) {
  const { copied, copy } = useCopyLink({ epoch });
  return copied ? (
    <span className={classes.copied} role="status">
      <Icon name="check" size={14} /> {t("view.copied")}
    </span>
  ) : (
    <ToolButton label={t("view.copy")} icon="copy" onClick={copy} />
  );
}
