import { ActionIcon } from "@mantine/core";
import type { Artifact } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n";
import { useKeys } from "../../lib/use-keys";
import classes from "./plots.module.css";

interface Props {
  plots: readonly Artifact[];
  /** Id of the plot that is shown large. */
  open: number | null;
  onOpen: (id: number | null) => void;
}

export function PlotLightbox({ plots, open, onOpen }: Props) {
  const index = plots.findIndex((plot) => plot.id === open);
  const plot = plots[index];
  const step = (by: number) => {
    const next = plots[index + by];
    if (next) onOpen(next.id);
  };
  useKeys(
    plot
      ? [
          ["ArrowLeft", () => step(-1), t("keys.previousPlot")],
          ["ArrowRight", () => step(1), t("keys.nextPlot")],
        ]
      : [],
  );
  if (!plot) return null;
  return (
    <Dialog
      opened
      fullScreen
      transitionProps={{ duration: 0 }}
      onClose={() => onOpen(null)}
      title={plot.name}
      bare
    >
      <div className={classes.lightbox} data-testid="plot-lightbox">
        <header className={classes.bar}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("common.close")}
            onClick={() => onOpen(null)}
          >
            <Icon name="close" />
          </ActionIcon>
          <strong>{plot.name}</strong>
          <span className={classes.count}>
            {plot.epoch === null ? t("plots.wholeJob") : t("plots.epoch", { epoch: plot.epoch })}
          </span>
          <span className={classes.steps}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("plots.previous")}
              disabled={index === 0}
              onClick={() => step(-1)}
            >
              <Icon name="left" />
            </ActionIcon>
            {t("image.position", { index: index + 1, total: plots.length })}
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("plots.next")}
              disabled={index === plots.length - 1}
              onClick={() => step(1)}
            >
              <Icon name="right" />
            </ActionIcon>
          </span>
        </header>
        <div className={classes.stage}>
          <img src={plot.url} alt={plot.name} />
        </div>
      </div>
    </Dialog>
  );
}
