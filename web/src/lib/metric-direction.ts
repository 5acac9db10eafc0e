/** Whether less of a metric is better, from the words of its name; the server guesses by the same words. */

const SMALLER_IS_BETTER: ReadonlySet<string> = new Set([
  "loss",
  "error",
  "err",
  "mae",
  "mse",
  "rmse",
  "ece",
  "mce",
  "perplexity",
  "time",
  "latency",
]);

export const smallerIsBetter = (name: string): boolean =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => SMALLER_IS_BETTER.has(word));
