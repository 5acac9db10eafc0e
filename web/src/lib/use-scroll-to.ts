import { type RefObject, useEffect, useRef } from "react";

/** Brings the element onto the screen when `what` changes, if it isn't there. */
export function useScrollTo(ref: RefObject<HTMLElement | null>, what: string): void {
  const seen = useRef(what);
  useEffect(() => {
    if (seen.current === what) return;
    seen.current = what;
    const top = ref.current?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > window.innerHeight * 0.75) ref.current?.scrollIntoView({ block: "start" });
  }, [ref, what]);
}
