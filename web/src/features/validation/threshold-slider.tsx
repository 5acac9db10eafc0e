import { Slider } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import classes from "./confusion.module.css";

const WAIT_MS = 120;

interface Props {
  name: string;
  label: string;
  description: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onCommit: (value: number) => void;
}

/** Moves at once, tells shortly after: dragging doesn't ask the server for every pixel. */
export function ThresholdSlider({ name, label, description, value, min, max, step, onCommit }: Props) {
  const [shown, setShown] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const commit = useRef(onCommit);
  commit.current = onCommit;
  useEffect(() => setShown(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const move = (next: number) => {
    setShown(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => commit.current(next), WAIT_MS);
  };
  return (
    <div className={classes.slider} data-testid={`slider-${name}`}>
      <span className={classes.sliderLabel} title={description}>
        {label} ≥ <b>{shown.toFixed(2)}</b>
      </span>
      <Slider
        className={classes.track}
        size={4}
        thumbSize={16}
        min={min}
        max={max}
        step={step}
        value={shown}
        onChange={move}
        label={null}
        thumbLabel={description}
      />
    </div>
  );
}
