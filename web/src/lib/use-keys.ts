import { useEffect, useRef } from "react";
import { addKeys, type KeyHandler, type KeyScope } from "./key-store";

/**
 * Keys while the component is there; not while somebody types or moves a slider. `[key, handler, description]`: the
 * description is what the help sheet says of the key.
 */
export function useKeys(handlers: readonly KeyHandler[], scope: KeyScope = "page"): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => addKeys({ scope, handlers: () => latest.current }), [scope]);
}
