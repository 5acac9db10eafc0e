import { useEffect, useState } from "react";

/** What is typed, told on, without blanks around it, when typing has stopped; an address that changes is shown. */
export function useTyped(
  value: string,
  onChange: (text: string | undefined) => void,
  settledMs: number,
): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), settledMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange, settledMs]);
  return [text, setText];
}
