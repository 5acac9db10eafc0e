import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { FilterField } from "./filter-field";

const TYPING_MS = 250;

interface Props {
  label: string;
  value: string;
  onChange: (text: string) => void;
  className: string | undefined;
}

/** Typing is told on when it pauses; an address that changes otherwise is shown. */
export function TypedField({ label, value, onChange, className }: Props) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((next: string) => {
    setTold(next);
    onChange(next);
  }, TYPING_MS);
  useEffect(() => {
    if (value === told) return;
    setTold(value);
    setText(value);
  }, [value, told]);
  return (
    <FilterField
      label={label}
      value={text}
      onChange={(next) => {
        setText(next);
        tell(next);
      }}
      className={className}
    />
  );
}
