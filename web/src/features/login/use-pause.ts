import { useEffect, useState } from "react";
import { ApiError } from "../../api/client";
import { useNow } from "../../lib/use-now";

/** How many seconds the server wants one to wait after `error`; counts down to 0. */
export function usePause(error: Error | null): number {
  const wait = error instanceof ApiError && error.status === 429 ? (error.retryAfterSeconds ?? 1) : 0;
  const [until, setUntil] = useState(0);
  useEffect(() => setUntil(error && wait > 0 ? Date.now() + wait * 1000 : 0), [error, wait]);
  const now = useNow(500, until > 0);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
