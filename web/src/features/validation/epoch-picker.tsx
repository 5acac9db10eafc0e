import { ActionIcon, Button, NativeSelect, Slider, Tooltip } from "@mantine/core";
import type { ResultList } from "../../api/types";
import { Icon } from "../../components/icon";
import { formatMetric } from "../../lib/format";
import { t } from "../../lib/i18n-validation";
import classes from "./epoch-picker.module.css";
import { EpochSparkline } from "./epoch-sparkline";
import type { EpochChoice } from "./view-state";

interface Props {
  results: ResultList;
  epochs: number;
  choice: EpochChoice;
  live: boolean;
  /** How many epochs are validated, but not evaluated yet. */
  waiting: number;
  onPick: (epoch: number | "latest") => void;
}

/** One scrubber through all validated epochs, over the curve of the primary metric. */
export function EpochPicker({ results, epochs, choice, live, waiting, onPick }: Props) {
  const { items, best_epoch: best, primary_metric: primary } = results;
  const index = items.findIndex((row) => row.epoch === choice.epoch);
  const step = (by: number) => {
    const row = items[index + by];
    if (row) onPick(row.epoch);
  };
  const nameOf = (epoch: number) => (epoch === best ? `${epoch} ★ ${t("validation.isBest")}` : String(epoch));
  return (
    <section
      className={classes.picker}
      data-testid="epoch-picker"
      data-epoch={choice.epoch}
      aria-label={t("validation.epoch")}
    >
      <div className={classes.row}>
        <NativeSelect
          size="xs"
          aria-label={t("validation.epoch")}
          value={choice.epoch}
          onChange={(event) => onPick(Number(event.currentTarget.value))}
          data={items.map((row) => ({
            value: String(row.epoch),
            label: `${t("validation.epoch")} ${nameOf(row.epoch)}`,
          }))}
        />
        <span className={classes.of}>{t("validation.of", { epochs })}</span>
        <ActionIcon.Group>
          <StepButton
            label={t("validation.previous")}
            icon="left"
            disabled={index <= 0}
            onClick={() => step(-1)}
          />
          <StepButton
            label={t("validation.next")}
            icon="right"
            disabled={index < 0 || index >= items.length - 1}
            onClick={() => step(1)}
          />
        </ActionIcon.Group>
        {best !== null ? (
          <Tooltip
            label={t("validation.bestIs", {
              epoch: best,
              metric: primary.name,
              source: t(`source.${primary.source}Long`),
              direction: t(`metric.${primary.direction}`),
            })}
          >
            <Button
              size="xs"
              variant={choice.epoch === best ? "light" : "default"}
              leftSection={<Icon name="star" size={14} />}
              onClick={() => onPick(best)}
              data-testid="best-epoch"
            >
              {t("validation.best")} {best}
            </Button>
          </Tooltip>
        ) : null}
        {live ? (
          <Button
            size="xs"
            variant={choice.following ? "light" : "default"}
            aria-pressed={choice.following}
            onClick={() => onPick("latest")}
            data-testid="follow-latest"
          >
            {t("validation.latest")}
          </Button>
        ) : null}
        {waiting > 0 ? (
          <span className={classes.waiting} role="status" data-testid="evaluation-lag">
            {t("job.lag", { count: waiting })}
          </span>
        ) : null}
        <span className={classes.primary}>
          {primary.name} <b>{formatMetric(items[index]?.primary_metric_value)}</b>
          <small>{t(`source.${primary.source}`)}</small>
        </span>
      </div>
      {items.length > 1 ? (
        <div className={classes.scrubber}>
          <EpochSparkline items={items} best={best} index={index} />
          <Slider
            size={3}
            thumbSize={16}
            min={0}
            max={items.length - 1}
            step={1}
            value={Math.max(0, index)}
            onChange={(at) => onPick(items[at]?.epoch ?? choice.epoch)}
            label={(at) => nameOf(items[at]?.epoch ?? 0)}
            thumbLabel={t("validation.slider")}
          />
        </div>
      ) : null}
    </section>
  );
}

interface StepProps {
  label: string;
  icon: "left" | "right";
  disabled: boolean;
  onClick: () => void;
}

function StepButton({ label, icon, disabled, onClick }: StepProps) {
  return (
    <ActionIcon
      variant="default"
      size={30}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}
