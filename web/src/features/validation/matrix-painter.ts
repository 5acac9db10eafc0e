/** Paints a matrix on a canvas: cells, numbers, and labels along the edges of what is seen. */
import type { Cell } from "./confusion-cells";
import type { Kind, Painting } from "./confusion-painting";
import { paintLabels } from "./matrix-labels";
import type { Plot, View } from "./matrix-view";

export interface Frame {
  plot: Plot;
  /** The room for labels at the left and above. */
  left: number;
  top: number;
  /** Device pixels a CSS px. */
  ratio: number;
}

type Rgb = readonly [number, number, number];

export interface Colors {
  kinds: Record<Kind, Rgb>;
  empty: string;
  text: string;
  muted: string;
  onDeep: string;
  deep: number;
}

/** Cells in columns of numbers, the palest first: where several share a pixel, the deepest shows. */
export interface Layer {
  count: number;
  row: Int32Array;
  column: Int32Array;
  depth: Float32Array;
  kind: Uint8Array;
}

const KINDS: readonly Kind[] = ["right", "wrong", "mixed"];
export const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** From this side on a cell has room for its number. */
const NUMBER_UNIT = 24;
/** Below it, in device pixels, cells are written pixel by pixel: there may be 50,000 of them. */
const PIXEL_UNIT = 6;
const PALEST = 0.14;
/** Below it, in device pixels, cells are so small that they are drawn larger and deeper than they are. */
const TINY_UNIT = 2;
const PALEST_TINY = 0.35;

export function layerOf(painting: Painting): Layer {
  const cells = [...painting.painted].sort((a, b) => a.depth - b.depth);
  return {
    count: cells.length,
    row: Int32Array.from(cells, (cell) => cell.row),
    column: Int32Array.from(cells, (cell) => cell.column),
    depth: Float32Array.from(cells, (cell) => cell.depth),
    kind: Uint8Array.from(cells, (cell) => KINDS.indexOf(cell.kind)),
  };
}

export function readColors(element: Element): Colors {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const rgb = (name: string): Rgb => {
    const [r = 0, g = 0, b = 0] = color(name).split(/\s+/).map(Number);
    return [r, g, b];
  };
  const isDark = document.documentElement.dataset.mantineColorScheme === "dark";
  return {
    kinds: { right: rgb("--matrix-right"), wrong: rgb("--matrix-wrong"), mixed: rgb("--matrix-mixed") },
    empty: color("--sunken"),
    text: color("--text"),
    muted: color("--muted"),
    onDeep: isDark ? "#07191a" : "#fff",
    deep: isDark ? 0.64 : 0.88,
  };
}

export function paint(
  context: CanvasRenderingContext2D,
  painting: Painting,
  layer: Layer,
  view: View,
  frame: Frame,
  colors: Colors,
): void {
  const { plot, left, top, ratio } = frame;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, left + plot.side, top + plot.side);
  context.fillStyle = colors.empty;
  context.fillRect(left, top, plot.side, plot.side);
  if (view.unit * ratio < PIXEL_UNIT) paintPixels(context, layer, view, frame, colors);
  else paintRects(context, painting, layer, view, frame, colors);
  paintLabels(context, painting, view, frame, colors);
}

/** The hovered row and column, and outlines of the cell that is pointed at and of the chosen one. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  active: Cell,
  selected: Cell | null,
  view: View,
  frame: Frame,
  colors: Colors,
): void {
  const { plot, left, top, ratio } = frame;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, left + plot.side, top + plot.side);
  context.save();
  context.beginPath();
  context.rect(left, top, plot.side, plot.side);
  context.clip();
  const x = (column: number) => left + (column - view.column) * view.unit;
  const y = (row: number) => top + (row - view.row) * view.unit;
  context.fillStyle = colors.text;
  context.globalAlpha = 0.08;
  context.fillRect(left, y(active[0]), plot.side, Math.max(1, view.unit));
  context.fillRect(x(active[1]), top, Math.max(1, view.unit), plot.side);
  context.globalAlpha = 1;
  const outline = ([row, column]: Cell, color: string) => {
    const side = Math.max(5, view.unit);
    const middle = (at: number) => at + view.unit / 2 - side / 2;
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.strokeRect(middle(x(column)), middle(y(row)), side, side);
  };
  outline(active, colors.muted);
  if (selected) outline(selected, colors.text);
  context.restore();
}

function paintPixels(
  context: CanvasRenderingContext2D,
  layer: Layer,
  view: View,
  { plot, left, top, ratio }: Frame,
  colors: Colors,
): void {
  const side = Math.round(plot.side * ratio);
  const unit = view.unit * ratio;
  const image = context.getImageData(Math.round(left * ratio), Math.round(top * ratio), side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const [r = 0, g = 0, b = 0] = image.data;
  const tiny = unit < TINY_UNIT;
  const palettes = KINDS.map((kind) => palette([r, g, b], colors.kinds[kind], tiny ? PALEST_TINY : PALEST));
  for (let at = 0; at < layer.count; at++) {
    const x = ((layer.column[at] ?? 0) - view.column) * unit;
    const y = ((layer.row[at] ?? 0) - view.row) * unit;
    if (x + unit <= 0 || y + unit <= 0 || x >= side || y >= side) continue;
    const color = palettes[layer.kind[at] ?? 0]?.[Math.round((layer.depth[at] ?? 0) * 255)] ?? 0;
    // A mistake of one pixel among a million would not be seen.
    const least = tiny && KINDS[layer.kind[at] ?? 0] !== "right" ? 2 : 1;
    const [x0, x1] = span(x, unit, side, least);
    const [y0, y1] = span(y, unit, side, least);
    for (let row = y0; row < y1; row++) pixels.fill(color, row * side + x0, row * side + x1);
  }
  context.putImageData(image, Math.round(left * ratio), Math.round(top * ratio));
}

/** Whole pixels of a stretch; at least one, or a cell between two pixels would vanish. */
function span(from: number, unit: number, side: number, least: number): [number, number] {
  const first = Math.min(side - 1, Math.max(0, Math.floor(from)));
  return [first, Math.min(side, Math.max(first + least, Math.floor(from + unit)))];
}

/** 256 depths of a colour over the ground, as pixels of an ImageData. */
function palette(ground: Rgb, color: Rgb, palest: number): Uint32Array {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let depth = 0; depth < 256; depth++) {
    const alpha = palest + (1 - palest) * (depth / 255);
    for (let part = 0; part < 3; part++) {
      bytes[depth * 4 + part] = (ground[part] ?? 0) * (1 - alpha) + (color[part] ?? 0) * alpha;
    }
    bytes[depth * 4 + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

function paintRects(
  context: CanvasRenderingContext2D,
  painting: Painting,
  layer: Layer,
  view: View,
  { plot, left, top }: Frame,
  colors: Colors,
): void {
  const { unit } = view;
  const gap = unit > 6 ? 1 : 0;
  const numbers = unit >= NUMBER_UNIT;
  context.save();
  context.beginPath();
  context.rect(left, top, plot.side, plot.side);
  context.clip();
  context.font = FONT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let at = 0; at < layer.count; at++) {
    const [row, column] = [layer.row[at] ?? 0, layer.column[at] ?? 0];
    const x = left + (column - view.column) * unit;
    const y = top + (row - view.row) * unit;
    if (x + unit <= left || y + unit <= top || x >= left + plot.side || y >= top + plot.side) continue;
    const depth = layer.depth[at] ?? 0;
    const [r, g, b] = colors.kinds[KINDS[layer.kind[at] ?? 0] ?? "wrong"];
    context.fillStyle = `rgb(${r} ${g} ${b} / ${PALEST + (1 - PALEST) * depth})`;
    context.fillRect(x, y, unit - gap, unit - gap);
    if (!numbers) continue;
    context.fillStyle = depth > colors.deep ? colors.onDeep : colors.text;
    context.fillText(painting.textOf(row, column), x + unit / 2, y + unit / 2, unit - 3);
  }
  context.restore();
}
