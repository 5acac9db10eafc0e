/** Colours that stand out from photographs, with a dark line around them. */
const COLORS = [
  "#4aa8ff",
  "#ffb000",
  "#14d08a",
  "#ff6f61",
  "#c58bff",
  "#f5e663",
  "#ff8ad1",
  "#5be3e3",
  "#a6e34d",
  "#ff9a3d",
] as const;

/** The colour of a class; ten classes have one of their own, and names tell all of them apart. */
export const classColor = (classId: number): string =>
  COLORS[((classId % COLORS.length) + COLORS.length) % COLORS.length] ?? COLORS[0];
