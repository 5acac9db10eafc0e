const STEPS = 100;
/** Scores are of single precision: 0.41 may come as 0.40999999. */
const NEARLY = 1e-4;

/** The step of the score slider that still lets predictions of this score count. */
export const sliderScore = (score: number): number => Math.floor(score * STEPS + NEARLY) / STEPS;
