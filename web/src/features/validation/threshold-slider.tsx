import { Slider } from "@mantine/core";
import { useRef } from "react";
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
  /** The slider was let go by the pointer; after a key the next may follow at once. */
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
  const byKey = useRef(false);
  return (
    <div
      className={classes.slider}
      data-testid={`slider-${name}`}
      onKeyDownCapture={() => {
        byKey.current = true;
      }}
      onPointerDownCapture={() => {
        byKey.current = false;
      }}
    >
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
        onChangeEnd={() => {
          if (!byKey.current) onSettle();
        }}
        label={null}
        thumbLabel={description}
      />
    </div>
  );
}
