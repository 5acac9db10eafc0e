/** All Korean texts, found by their file names: one chunk, which only readers of Korean load. */
const tables = import.meta.glob<Record<string, Record<string, string>>>("./messages*-ko.ts", { eager: true });

export const korean: Readonly<Record<string, string>> = Object.assign(
  {},
  ...Object.values(tables).flatMap((table) => Object.values(table)),
);
