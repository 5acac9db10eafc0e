const DAY_MS = 24 * 3600 * 1000;
const SOON_DAYS = 7;

/** `never` for a token without an end, `soon` when there is little time to make another. */
export function expiryOf(expires: number | null, now: number): "never" | "over" | "soon" | "later" {
  if (expires === null) return "never";
  if (expires <= now) return "over";
  return expires - now < SOON_DAYS * DAY_MS ? "soon" : "later";
}
