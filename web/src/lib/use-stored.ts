import { useCallback, useState } from "react";

/** A choice that this browser remembers; it works, forgetful, where storage is forbidden. */
export function useStored(name: string, initial: boolean): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => read(name) ?? initial);
  const store = useCallback(
    (next: boolean) => {
      setValue(next);
      try {
        localStorage.setItem(`snellen.${name}`, String(next));
      } catch {
        // Remembering is a convenience.
      }
    },
    [name],
  );
  return [value, store];
}

function read(name: string): boolean | null {
  try {
    const text = localStorage.getItem(`snellen.${name}`);
    return text === null ? null : text === "true";
  } catch {
    return null;
  }
}
