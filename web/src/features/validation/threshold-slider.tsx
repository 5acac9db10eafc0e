import { Slider } from "@mantine/core";
import classes from "./confusion.module.css";

interface Props {
  name: string;
  label: string;
  description: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onMove: (value: number) => void;
  /** The slider was let go. */
  onSettle: () => void;
}

export function ThresholdSlider({
  name,
  label,
  description,
  value,
  min,
  max,
  step,
  onMove,
  onSettle,
}: Props) {
  return (
    <div className={classes.slider} data-testid={`slider-${name}`}>
      <span className={classes.sliderLabel} title={description}>
        {label} ≥ <b>{value.toFixed(2)}</b>
      </span>
      <Slider
        className={classes.track}
        size={4}
        thumbSize={16}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={onMove}
        onChangeEnd={onSettle}
        label={null}
        thumbLabel={description}
      />
    </div>
  );
}
