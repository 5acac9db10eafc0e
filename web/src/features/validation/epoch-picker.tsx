import { Button, NativeSelect, Slider } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../../components/icon";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-epochs";
import { useEpochControl } from "./epoch-context";
import classes from "./epoch-picker.module.css";
import { stateOf } from "./epoch-rows";
import { StepButtons } from "./epoch-steps";
import { EpochTrack } from "./epoch-track";

/** One scrubber through all validated epochs, over the curve of the primary metric. */
export function EpochPicker() {
  const { results, epochs, live, coming, choice, index, ready, news, pick } = useEpochControl();
  const { items, best_epoch: best, primary_metric: primary } = results;
  const nameOf = useNames();
  return (
    <section
      className={classes.picker}
      data-testid="epoch-picker"
      data-epoch={choice.epoch}
      data-busy={!ready || undefined}
      aria-label={t("validation.epoch")}
      title={t("epochs.keys")}
    >
      <div className={classes.row}>
        <StepButtons />
        <NativeSelect
          size="xs"
          aria-label={t("validation.epoch")}
          value={choice.epoch}
          onChange={(event) => pick(Number(event.currentTarget.value))}
          data={items.map((row) => ({
            value: String(row.epoch),
            label: `${t("validation.epoch")} ${nameOf(row.epoch)}`,
          }))}
        />
        <span className={classes.of}>{t("validation.of", { epochs })}</span>
        {best !== null ? (
          <Button
            size="xs"
            variant={choice.epoch === best ? "light" : "default"}
            leftSection={<Icon name="star" size={14} />}
            title={t("validation.bestIs", {
              epoch: best,
              metric: primary.name,
              source: t(`source.${primary.source}Long`),
              direction: t(`metric.${primary.direction}`),
            })}
            onClick={() => pick(best)}
            data-testid="best-epoch"
          >
            {t("validation.best")} {best}
          </Button>
        ) : null}
        {live ? (
          <Button
            size="xs"
            variant={choice.following ? "light" : "default"}
            aria-pressed={choice.following}
            onClick={() => pick("latest")}
            data-testid="follow-latest"
          >
            {t("validation.latest")}
          </Button>
        ) : null}
        {news ? (
          <Button
            size="xs"
            variant="filled"
            title={t("epochs.newTitle", { epoch: news.epoch })}
            onClick={() => pick(live ? "latest" : news.epoch)}
            data-testid="new-epoch"
          >
            {t("epochs.new", { epoch: news.epoch })}
          </Button>
        ) : null}
        {/* More than one stand above the tabs already. */}
        {coming === 1 ? (
          <span className={classes.waiting} role="status" data-testid="evaluation-lag">
            {t("job.lag", { count: coming })}
          </span>
        ) : null}
        <span className={classes.primary}>
          {primary.name} <b>{formatMetric(items[index]?.primary_metric_value)}</b>
          <small>{t(`source.${primary.source}`)}</small>
        </span>
      </div>
      <EpochSlider track={<EpochTrack items={items} best={best} index={index} coming={coming} />} />
      <span className={classes.busy} aria-hidden="true" />
      <span className="visually-hidden" role="status">
        {ready
          ? t("epochs.at", { epoch: choice.epoch, epochs })
          : t("epochs.loading", { epoch: choice.epoch })}
      </span>
    </section>
  );
}

/** The slider with what stands over it; the places of both are the same. */
export function EpochSlider({ track }: { track: ReactNode }) {
  const { results, choice, index, pick } = useEpochControl();
  const nameOf = useNames();
  const { items } = results;
  if (items.length < 2) return null;
  return (
    <div className={classes.scrubber}>
      {track}
      <Slider
        size={4}
        thumbSize={18}
        min={0}
        max={items.length - 1}
        step={1}
        value={Math.max(0, index)}
        onChange={(at) => pick(items[at]?.epoch ?? choice.epoch)}
        label={(at) => nameOf(items[at]?.epoch ?? 0)}
        thumbLabel={t("validation.slider")}
        thumbValueText={nameOf(choice.epoch)}
        data-testid="epoch-slider"
      />
    </div>
  );
}

/** What an epoch is called: its number, and what one must know of it. */
function useNames(): (epoch: number) => string {
  const { results } = useEpochControl();
  const rows = new Map(results.items.map((row) => [row.epoch, row]));
  return (epoch) => {
    const row = rows.get(epoch);
    const state = row ? stateOf(row) : "evaluated";
    const best = epoch === results.best_epoch ? ` ★ ${t("validation.isBest")}` : "";
    return `${epoch}${best}${state === "evaluated" ? "" : ` (${t(`epochs.state.${state}`)})`}`;
  };
}
