import { Button, Popover, RangeSlider } from "@mantine/core";
import { useId, useState } from "react";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-sweeps";
import type { Axis } from "../../lib/sweep-axes";
import classes from "./parallel.module.css";
import type { Brush, Brushes } from "./parallel-card";

interface Props {
  axes: readonly Axis[];
  brushes: Brushes;
  onBrush: (key: string, brush: Brush | null) => void;
}

/** The parts of all axes as sliders: for keys, for screen readers and for fingers. */
export function AxisRanges({ axes, brushes, onBrush }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      width={300}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="default"
          rightSection={<Icon name="down" size={12} />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="axis-ranges"
        >
          {t("sweep.parts")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.ranges}>
        {axes
          .filter((axis) => axis.notches > 0)
          .map((axis) => (
            <AxisRange
              key={axis.key}
              axis={axis}
              brush={brushes[axis.key]}
              onBrush={(brush) => onBrush(axis.key, brush)}
            />
          ))}
      </Popover.Dropdown>
    </Popover>
  );
}

interface RangeProps {
  axis: Axis;
  brush: Brush | undefined;
  onBrush: (brush: Brush | null) => void;
}

function AxisRange({ axis, brush, onBrush }: RangeProps) {
  const id = useId();
  const { notches } = axis;
  const [from, to] = (brush ?? [0, 1]).map((place) => Math.round(place * notches)) as [number, number];
  const text = (notch: number) => axis.at(notch / notches);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't stand beside its value
    <div role="group" aria-labelledby={id}>
      <div className={classes.range}>
        <span id={id}>{axis.name}</span>
        <span className={classes.part}>{from === to ? text(from) : `${text(from)} – ${text(to)}`}</span>
      </div>
      <RangeSlider
        size="sm"
        min={0}
        max={notches}
        step={1}
        minRange={axis.isChoice ? 0 : 1}
        label={null}
        value={[from, to]}
        onChange={([low, high]) =>
          onBrush(low === 0 && high === notches ? null : [low / notches, high / notches])
        }
        thumbFromLabel={t("sweep.partFrom", { name: axis.name })}
        thumbToLabel={t("sweep.partTo", { name: axis.name })}
        thumbValueText={text}
      />
    </div>
  );
}
