import { useEffect, useRef } from "react";

type Handlers = readonly (readonly [key: string, handler: () => void])[];

/** Keys for the whole page while the component is there; not while somebody types or moves a slider. */
export function useKeys(handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement | null;
      if (target?.closest("input:not([type='checkbox']), textarea, select, [role='slider']")) return;
      const handler = latest.current.find(([key]) => key === event.key)?.[1];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
