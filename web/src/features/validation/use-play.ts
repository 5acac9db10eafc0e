import { useCallback, useEffect, useState } from "react";

const STEP_MS = 500;
const CALM_STEP_MS = 1000;

/**
 * Steps on while it plays, slower for people who asked for less motion. The next step comes when the epoch before it
 * has been drawn (`ready`), and it stops at the end.
 */
export function usePlay(
  index: number,
  last: number,
  ready: boolean,
  goTo: (index: number) => void,
): [playing: boolean, toggle: () => void, stop: () => void] {
  const [playing, setPlaying] = useState(false);
  const atEnd = index >= last;
  useEffect(() => {
    if (!playing || !ready) return;
    if (atEnd) {
      setPlaying(false);
      return;
    }
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const timer = setTimeout(() => goTo(index + 1), calm ? CALM_STEP_MS : STEP_MS);
    return () => clearTimeout(timer);
  }, [playing, ready, atEnd, index, goTo]);
  const toggle = () => {
    // From the end it begins anew.
    if (!playing && atEnd && last > 0) goTo(0);
    setPlaying(!playing && last > 0);
  };
  return [playing, toggle, useCallback(() => setPlaying(false), [])];
}
