/** Where the cards of a long list are: pure geometry, so that only those near the screen need to exist. */

export interface GridLayout {
  columns: number;
  /** Width and height of a card, in CSS px. */
  width: number;
  height: number;
  gap: number;
  rows: number;
  /** Of all rows together. */
  total: number;
}

interface Wish {
  /** Cards. */
  count: number;
  /** Of the room that the cards have, in CSS px. */
  room: number;
  /** Cards are at least so wide, in CSS px, unless not even two had room. */
  least: number;
  /** What a card has below its square picture, in CSS px. */
  caption: number;
  gap: number;
}

/** As many columns as have room; on a phone two at least, but for the largest cards. */
export function gridLayout({ count, room, least, caption, gap }: Wish): GridLayout {
  const fitting = Math.floor((room + gap) / (least + gap));
  const columns = Math.max(1, fitting);
  const width = Math.floor((room - gap * (columns - 1)) / columns);
  const height = width + caption;
  const rows = Math.ceil(count / columns);
  return { columns, width, height, gap, rows, total: Math.max(0, rows * (height + gap) - gap) };
}

/** The cards on the screen and `ahead` rows around it, from (included) to (left out). */
export function visibleRange(
  { columns, height, gap, rows }: GridLayout,
  count: number,
  top: number,
  screen: number,
  ahead: number,
): [from: number, to: number] {
  const pitch = height + gap;
  const first = Math.max(0, Math.floor(top / pitch) - ahead);
  const last = Math.min(rows, Math.ceil((top + screen) / pitch) + ahead);
  return [Math.min(count, first * columns), Math.min(count, Math.max(first, last) * columns)];
}

export const cardPlace = ({ columns, width, height, gap }: GridLayout, index: number) => ({
  left: (index % columns) * (width + gap),
  top: Math.floor(index / columns) * (height + gap),
});

/** Where a key leads from a card; null for keys that lead nowhere. `screen` is in rows. */
export function cardAfter(
  key: string,
  index: number,
  count: number,
  columns: number,
  screen: number,
): number | null {
  const step: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * screen,
    PageDown: columns * screen,
    Home: -count,
    End: count,
  };
  const by = step[key];
  if (by === undefined) return null;
  const wished = index + by;
  // Up and down keep their column: at the first or last row they stay.
  if ((key === "ArrowUp" && wished < 0) || (key === "ArrowDown" && wished >= count)) return index;
  return Math.min(count - 1, Math.max(0, wished));
}
