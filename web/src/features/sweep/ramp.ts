/** The colours of values: told apart in lightness too, so that colour-blind eyes see the order. */
const STOPS = 4;

/** From 0, the worst, to 1, the best. */
export function rampColor(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * STOPS;
  const low = Math.min(STOPS - 1, Math.floor(at));
  const part = Math.round((at - low) * 100);
  return `color-mix(in oklab, var(--ramp-${low + 1}) ${part}%, var(--ramp-${low}))`;
}
