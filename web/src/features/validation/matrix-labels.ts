/** The labels along the edges of what is seen of a matrix. */
import type { Painting } from "./confusion-painting";
import { type Colors, FONT, type Frame } from "./matrix-painter";
import { range, type View } from "./matrix-view";

const STEP_PX = 13;

/** Names of rows at the left and of columns above: all of them where there is room, else every so many. */
export function paintLabels(
  context: CanvasRenderingContext2D,
  painting: Painting,
  view: View,
  { plot, left, top }: Frame,
  colors: Colors,
): void {
  const step = Math.max(1, Math.ceil(STEP_PX / view.unit));
  const { labels } = painting.matrix;
  context.font = FONT;
  context.fillStyle = colors.muted;
  context.textBaseline = "middle";
  const each = (from: number, draw: (text: string, middle: number) => void, room: number) => {
    const [first, last] = range(from, view.unit, plot);
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
      const middle = (at + 0.5 - from) * view.unit;
      if (middle < 0 || middle > plot.side) continue;
      // The first and the last label lie whole inside of the edges.
      const inside = Math.min(Math.max(middle, STEP_PX / 2), plot.side - STEP_PX / 2);
      draw(shortened(context, labels[at] ?? "", room), inside);
    }
  };
  context.textAlign = "right";
  each(view.row, (text, middle) => context.fillText(text, left - 6, top + middle), left - 10);
  context.textAlign = "left";
  each(
    view.column,
    (text, middle) => {
      context.save();
      context.translate(left + middle, top - 6);
      context.rotate(-Math.PI / 2);
      context.fillText(text, 0, 0);
      context.restore();
    },
    top - 10,
  );
}

const widths = new Map<string, string>();
const MOST_KEPT = 20_000;

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${room} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  // Names of many classes often begin alike: the end is kept, too.
  let short = text;
  for (let keep = text.length - 1; keep > 0 && context.measureText(short).width > room; keep--) {
    const end = Math.floor(keep / 2);
    short = `${text.slice(0, keep - end).trimEnd()}…${text.slice(text.length - end).trimStart()}`;
  }
  if (widths.size > MOST_KEPT) widths.clear();
  widths.set(key, short);
  return short;
}
