/** A value that many charts follow without a render of the page each time it changes. */
import { useEffect, useState, useSyncExternalStore } from "react";

export interface Shared<T> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (listener: () => void) => () => void;
}

export function sharedValue<T>(initial: T): Shared<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const useShared = <T>(shared: Shared<T>): T => useSyncExternalStore(shared.subscribe, shared.get);

/** The value as it was left for `delay` milliseconds: not each one on the way. */
export function useSettled<T>(shared: Shared<T>, delay: number): T {
  const [settled, setSettled] = useState(() => ({ shared, value: shared.get() }));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => setSettled({ shared, value: shared.get() });
    const off = shared.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(settle, delay);
    });
    settle();
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [shared, delay]);
  return settled.shared === shared ? settled.value : shared.get();
}
