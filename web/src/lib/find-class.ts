/** The class that is called so, else the first whose name begins so, else has it in it; null for none. */
export function findClass(names: readonly string[], text: string): number | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return null;
  const lower = names.map((name) => name.toLowerCase());
  for (const fits of [
    (name: string) => name === wanted,
    (name: string) => name.startsWith(wanted),
    (name: string) => name.includes(wanted),
  ]) {
    const at = lower.findIndex(fits);
    if (at >= 0) return at;
  }
  return null;
}
