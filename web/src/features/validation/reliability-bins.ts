/** Where the parts of a reliability diagram stand, in percent of its width and height. */
import type { CalibrationBin } from "../../api/types";

export interface BinShape {
  bin: CalibrationBin;
  left: number;
  width: number;
  /** The share that is right; null in a bin where nothing is. */
  precision: number | null;
  /** From the precision to what the scores promised. */
  gap: { low: number; high: number; over: boolean } | null;
  /** Of the fullest bin, by its root, or one bin would hide all others. */
  filled: number;
}

export function binShapes(bins: readonly CalibrationBin[]): BinShape[] {
  const fullest = bins.reduce((most, bin) => Math.max(most, bin.count), 1);
  return bins.map((bin) => {
    const { from, to, count, score, precision } = bin;
    const there = count > 0 && score !== null && precision !== null;
    return {
      bin,
      left: 100 * from,
      width: 100 * (to - from),
      precision: there ? 100 * precision : null,
      gap: there
        ? {
            low: 100 * Math.min(score, precision),
            high: 100 * Math.max(score, precision),
            over: score > precision,
          }
        : null,
      filled: 100 * Math.sqrt(count / fullest),
    };
  });
}
