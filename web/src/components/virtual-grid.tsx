import { useDebouncedValue } from "@mantine/hooks";
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { cardAfter, cardPlace, type GridLayout, gridLayout, visibleRange } from "../lib/grid-layout";
import classes from "./virtual-grid.module.css";

const GAP = 10;
/** Rows beyond the screen that exist already. */
const AHEAD = 2;
/** A scrollbar that is dragged passes thousands of pages; only those where it rests are asked for. */
const SETTLE_MS = 90;
/** A dialog that closes has given the focus back by then. */
const FOCUS_MS = 80;
/** Room for the outline of a card. */
const PAD = 3;

export interface GridCell {
  index: number;
  /** The one card that Tab leads to. */
  tabIndex: 0 | -1;
}

interface Props {
  count: number;
  /** Cards that one answer of the server has. */
  pageSize: number;
  least: number;
  caption: number;
  label: string;
  /** The card that is looked at over the grid: the grid keeps it in sight, and it has the focus afterwards. */
  shown?: number | null;
  /** Another value is another list: it is shown from its beginning. */
  list: string;
  /** The cards of a page that are near the screen. `wanted`: it may be asked for now. */
  renderPage: (
    page: number,
    cells: readonly GridCell[],
    wanted: boolean,
    place: (cell: GridCell, card: ReactNode) => ReactNode,
  ) => ReactNode;
}

/** A list of any length as a grid that scrolls in itself; only the cards near the screen exist. */
export function VirtualGrid(props: Props) {
  const { count, pageSize, least, caption, label, shown = null, list, renderPage } = props;
  const host = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ room: 0, screen: 0 });
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(0);
  const focusing = useRef(false);
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  const layout = gridLayout({ count, room: Math.max(0, size.room - 2 * PAD), least, caption, gap: GAP });
  const [from, to] = size.room > 0 ? visibleRange(layout, count, top, size.screen, AHEAD) : ([0, 0] as const);
  const tab = active >= from && active < to ? active : Math.min(from + AHEAD * layout.columns, to - 1);
  const pages = to > from ? range(Math.floor(from / pageSize), Math.floor((to - 1) / pageSize) + 1) : [];
  const seen = `${pages[0]}-${pages.length}`;
  const settled = useDebouncedValue(seen, SETTLE_MS)[0] === seen;

  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const measure = () => setSize({ room: element.clientWidth, screen: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useLayoutEffect(() => {
    host.current?.scrollTo({ top: 0 });
    setActive(0);
  }, [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the grid follows what is looked at
  useLayoutEffect(() => {
    if (shown === null || size.room === 0) return;
    setActive(shown);
    reveal(host.current, layout, shown);
    setTop(host.current?.scrollTop ?? 0);
    return () => {
      // A dialog gives the focus back to the card that opened it, if that still exists.
      const later = () => {
        if (document.activeElement !== document.body) return;
        const card = host.current?.querySelector<HTMLElement>(`[data-index="${shown}"] button`);
        card?.focus({ preventScroll: true });
        // Where it isn't here yet, as soon as it is.
        focusing.current = !card;
      };
      clearTimeout(leaving.current);
      leaving.current = setTimeout(later, FOCUS_MS);
    };
  }, [shown, size.room]);
  /** The card that a key led to gets the focus as soon as it is here; until then the list has it, and hears keys. */
  const takeFocus = (index: number) => (cell: HTMLElement | null) => {
    if (!cell || !focusing.current || index !== active) return;
    const card = cell.querySelector<HTMLElement>("button");
    if (card) focusing.current = false;
    (card ?? cell.parentElement)?.focus({ preventScroll: true });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = Math.max(1, Math.floor(size.screen / (layout.height + GAP)));
    const next = cardAfter(event.key, tab, count, layout.columns, rows);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    focusing.current = true;
    setActive(next);
    reveal(host.current, layout, next);
    setTop(host.current?.scrollTop ?? 0);
  };
  const onFocus = (event: { target: Element }) => {
    const index = event.target.closest("[data-index]")?.getAttribute("data-index");
    if (index) setActive(Number(index));
  };
  const place = (cell: GridCell, card: ReactNode) => (
    // biome-ignore lint/a11y/useSemanticElements: an `li` needs a list that holds nothing else
    <div
      key={cell.index}
      ref={takeFocus(cell.index)}
      role="listitem"
      aria-setsize={count}
      aria-posinset={cell.index + 1}
      data-index={cell.index}
      className={classes.cell}
      style={{
        width: layout.width,
        height: layout.height,
        transform: translate(cardPlace(layout, cell.index)),
      }}
    >
      {card}
    </div>
  );
  return (
    <div
      ref={host}
      className={classes.grid}
      data-testid="image-grid"
      style={{ height: layout.total + 2 * PAD }}
      onScroll={(event) => {
        // There are rows beyond the screen: less than one of them changes nothing.
        const next = event.currentTarget.scrollTop;
        if (Math.abs(next - top) >= layout.height + GAP || next === 0) setTop(next);
      }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: most of its items don't exist */}
      <div
        role="list"
        tabIndex={-1}
        aria-label={label}
        className={classes.all}
        style={{ height: layout.total + 2 * PAD }}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
      >
        {pages.map((page) =>
          renderPage(
            page,
            range(Math.max(from, page * pageSize), Math.min(to, (page + 1) * pageSize)).map((index) => ({
              index,
              tabIndex: index === tab ? 0 : -1,
            })),
            settled,
            place,
          ),
        )}
      </div>
    </div>
  );
}

/** A card that isn't here yet, as large as it will be. */
export const BlankCard = () => <span className={classes.blank} data-testid="blank-card" />;

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);

const translate = ({ left, top }: { left: number; top: number }) =>
  `translate(${left + PAD}px, ${top + PAD}px)`;

/** Scrolls no farther than it must. */
function reveal(host: HTMLElement | null, layout: GridLayout, index: number): void {
  if (!host) return;
  const { top } = cardPlace(layout, index);
  if (top < host.scrollTop) host.scrollTop = top;
  const below = top + layout.height + 2 * PAD - host.clientHeight;
  if (below > host.scrollTop) host.scrollTop = below;
}
