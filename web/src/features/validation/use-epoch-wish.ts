import { useCallback, useEffect, useRef, useState } from "react";
import type { EpochWish } from "../../lib/epoch-search";

/** A browser takes no more than some hundred changes of the address within seconds, and a slider makes more. */
const TELL_MS = 120;

/** The epoch that somebody wishes to see: it follows a slider at once, the address comes shortly after. */
export function useEpochWish(
  address: EpochWish | undefined,
  tell: (wish: EpochWish) => void,
): [wish: EpochWish | undefined, pick: (wish: EpochWish) => void] {
  const [moved, setMoved] = useState<EpochWish>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(tell);
  latest.current = tell;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the address says now counts, whoever changed it
  useEffect(() => setMoved(undefined), [address]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const pick = useCallback((wish: EpochWish) => {
    setMoved(wish);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(wish), TELL_MS);
  }, []);
  return [moved ?? address, pick];
}
