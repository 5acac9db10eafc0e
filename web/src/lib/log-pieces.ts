export interface Piece {
  text: string;
  found: boolean;
  at: number;
}

/** A line in pieces: those that are the text looked for, whatever its case, and those between. */
export function piecesOf(line: string, find: string): Piece[] {
  if (find === "") return [{ text: line, found: false, at: 0 }];
  const pattern = new RegExp(`(${find.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "gi");
  let at = 0;
  return line
    .split(pattern)
    .map((text, index) => {
      const piece = { text, found: index % 2 === 1, at };
      at += text.length;
      return piece;
    })
    .filter((piece) => piece.text !== "");
}
