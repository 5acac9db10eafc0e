import { useCallback, useState } from "react";

/**
 * A choice that this browser remembers; it works, forgetful, where storage is forbidden. `check` says whether what
 * was stored, maybe by another version, is still one.
 */
export function useStoredValue<T>(
  name: string,
  initial: T,
  check: (value: unknown) => value is T,
): [T, (value: T) => void] {
  const [value, setValue] = useState(() => read(name, check) ?? initial);
  const store = useCallback(
    (next: T) => {
      setValue(() => next);
      try {
        localStorage.setItem(`snellen.${name}`, JSON.stringify(next));
      } catch {
        // Remembering is a convenience.
      }
    },
    [name],
  );
  return [value, store];
}

function read<T>(name: string, check: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`snellen.${name}`) ?? "null");
    return check(value) ? value : null;
  } catch {
    return null;
  }
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

export const useStored = (name: string, initial: boolean): [boolean, (value: boolean) => void] =>
  useStoredValue(name, initial, isBoolean);
