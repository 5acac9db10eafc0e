/** A chart as a picture: its title, axes, lines and legend in the colours of the page, at twice the size. */
import uPlot from "uplot";
import { type LineChart, lineOptions, type Mark } from "../../lib/line-options";
import type { Range } from "../../lib/plot-gestures";

const SCALE = 2;
const WIDTH = 900;
const HEIGHT = 400;
const MARGIN = 14;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export interface PictureOf {
  title: string;
  /** What the x axis is. */
  axis: string;
  chart: LineChart;
  x: readonly number[];
  ys: readonly (readonly (number | null | undefined)[])[];
  marks: readonly Mark[];
  range: Range;
  legend: readonly { text: string; color: string; dash: readonly number[] }[];
}

export async function pngOf(picture: PictureOf): Promise<Blob> {
  const plot = await plotted(picture);
  try {
    const canvas = document.createElement("canvas");
    canvas.width = (WIDTH + 2 * MARGIN) * SCALE;
    const ctx = canvas.getContext("2d");
    if (!ctx) throw new Error("this browser gives no canvas to draw on");
    const legend = placed(ctx, picture.legend);
    const top = MARGIN + 22 + legend.height;
    canvas.height = (top + HEIGHT + 18 + MARGIN) * SCALE;
    ctx.scale(SCALE, SCALE);
    ctx.fillStyle = colorOf("--surface");
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    ctx.textBaseline = "top";
    ctx.fillStyle = colorOf("--text");
    ctx.font = `600 14px ${FONT}`;
    ctx.fillText(picture.title, MARGIN, MARGIN, WIDTH);
    for (const item of legend.items) drawItem(ctx, item, MARGIN + 22);
    ctx.drawImage(plot.ctx.canvas, MARGIN, top, WIDTH, HEIGHT);
    ctx.fillStyle = colorOf("--muted");
    ctx.font = `12px ${FONT}`;
    ctx.textAlign = "center";
    ctx.fillText(picture.axis, MARGIN + WIDTH / 2, top + HEIGHT + 2);
    return await blobOf(canvas);
  } finally {
    plot.root.parentElement?.remove();
    plot.destroy();
  }
}

async function plotted({ chart, x, ys, marks, range }: PictureOf): Promise<uPlot> {
  const host = document.createElement("div");
  host.style.cssText = "position:fixed;left:-10000px;top:0;visibility:hidden";
  document.body.append(host);
  const scale = SCALE / (window.devicePixelRatio || 1);
  const { syncKey: _, ...alone } = chart;
  const plot = new uPlot(
    lineOptions(
      alone,
      { width: WIDTH * scale, height: HEIGHT * scale, scale },
      { onCursor: () => undefined, onSelect: () => undefined, marks: () => marks },
    ),
    [x, ...ys] as unknown as uPlot.AlignedData,
    host,
  );
  if (range) plot.setScale("x", { min: range[0], max: range[1] });
  // uPlot draws when the present task has ended.
  await new Promise((resolve) => setTimeout(resolve));
  return plot;
}

type Item = PictureOf["legend"][number] & { x: number; y: number };

function placed(
  ctx: CanvasRenderingContext2D,
  legend: PictureOf["legend"],
): { items: Item[]; height: number } {
  ctx.font = `12px ${FONT}`;
  let x = MARGIN;
  let y = 0;
  const items = legend.map((one): Item => {
    const width = 24 + ctx.measureText(one.text).width + 16;
    if (x > MARGIN && x + width > WIDTH + MARGIN) {
      x = MARGIN;
      y += 18;
    }
    const item = { ...one, x, y };
    x += width;
    return item;
  });
  return { items, height: items.length > 0 ? y + 24 : 6 };
}

function drawItem(ctx: CanvasRenderingContext2D, { text, color, dash, x, y }: Item, top: number): void {
  ctx.strokeStyle = colorOf(color);
  ctx.lineWidth = 2;
  ctx.setLineDash(dash.map((length) => length * 0.6));
  ctx.beginPath();
  ctx.moveTo(x, top + y + 7);
  ctx.lineTo(x + 18, top + y + 7);
  ctx.stroke();
  ctx.fillStyle = colorOf("--text");
  ctx.font = `12px ${FONT}`;
  ctx.fillText(text, x + 24, top + y + 1);
}

const colorOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "gray";

const blobOf = (canvas: HTMLCanvasElement): Promise<Blob> =>
  new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))),
      "image/png",
    ),
  );
