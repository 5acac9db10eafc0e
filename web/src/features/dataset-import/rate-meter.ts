const WINDOW_MS = 4000;
const LEAST_MS = 500;

/** How fast a count grows, over the last few seconds. */
export class RateMeter {
  private samples: { value: number; at: number }[] = [];

  /** Units a second; null while too little was seen. A count that falls, as after a retry, starts anew. */
  add(value: number, at: number): number | null {
    const last = this.samples[this.samples.length - 1];
    if (last && value < last.value) this.samples = [];
    this.samples.push({ value, at });
    this.samples = this.samples.filter((sample) => at - sample.at <= WINDOW_MS);
    const first = this.samples[0];
    if (!first || at - first.at < LEAST_MS) return null;
    return ((value - first.value) / (at - first.at)) * 1000;
  }
}
