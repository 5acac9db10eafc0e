/** Words of a shell's command line, both ways. */

/** A word as a shell reads it back. */
export const quoted = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The words of a command line with quotes and backslashes; null while a quote is open. Nothing is expanded. */
export function shellWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const each = line[at] ?? "";
    if (quote !== "") {
      if (each === quote) quote = "";
      else if (each === "\\" && quote === '"' && '"\\$`'.includes(line[at + 1] ?? ""))
        word += line[++at] ?? "";
      else word += each;
    } else if (each === "'" || each === '"') {
      quote = each;
      word ??= "";
    } else if (/\s/.test(each)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + (each === "\\" ? (line[++at] ?? "") : each);
    }
  }
  if (quote !== "") return null;
  if (word !== null) words.push(word);
  return words;
}
