const ENDINGS = /(\.(zip|tgz|tar|tar\.(gz|bz2|xz)))$/i;

/** A name for the dataset from a file, a path or an address: its last part without the ending of an archive. */
export function nameFrom(source: string): string {
  const parts = source.replace(/^external:/, "").split(/[/\\]/);
  const last = parts.filter((part) => part.trim() !== "").pop() ?? "";
  return last.trim().replace(ENDINGS, "").slice(0, 200);
}
