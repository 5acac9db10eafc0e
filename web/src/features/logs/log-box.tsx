import { Button } from "@mantine/core";
import { type MouseEvent, memo, useLayoutEffect, useRef, useState } from "react";
import type { LogLine } from "../../api/types";
import { Icon } from "../../components/icon";
import { formatClock, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n";
import { piecesOf } from "../../lib/log-pieces";
import type { Held } from "./held-lines";
import classes from "./logs.module.css";

/** Close enough to an end to count as being there, and to load what lies behind it. */
const NEAR_END = 24;
const NEAR_LOAD = 600;

interface Props {
  held: Held;
  /** The line that is pointed at; none: the newest is followed until the reader scrolls up. */
  line: number | null;
  find: string;
  wrap: boolean;
  onEarlier: () => void;
  onLater: () => void;
  onLine: (line: number) => void;
  onFollow: () => void;
}

/** The reader's place stays when lines come in above or go. */
export function LogBox({ held, line, find, wrap, onEarlier, onLater, onLine, onFollow }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(line === null);
  const place = useRef<{ line: number; top: number } | null>(null);
  const shown = useRef<number | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the lines change, whatever they are
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (line === null) shown.current = null;
    const target = line === null || shown.current === line ? null : rowOf(element, line);
    if (target) {
      shown.current = line;
      setFollowing(false);
      target.scrollIntoView({ block: "center" });
    } else if (following && held.end) {
      toEnd(element);
    } else if (place.current) {
      const row = rowOf(element, place.current.line);
      if (row) element.scrollTop += row.offsetTop - element.scrollTop - place.current.top;
    }
    place.current = placeIn(element);
  }, [held, line, following, wrap]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Where the end isn't here yet, whoever asked for it goes on waiting for it.
    if (held.end) setFollowing(below < NEAR_END);
    place.current = placeIn(element);
    if (element.scrollTop < NEAR_LOAD && !held.start) onEarlier();
    if (below < NEAR_LOAD && !held.end) onLater();
  };
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const row = link?.closest<HTMLElement>("[data-line]");
    if (!row || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    shown.current = Number(row.dataset.line);
    onLine(shown.current);
  };
  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a line is gone to by its number in the tools too */}
      <div
        ref={box}
        className={classes.box}
        role="log"
        aria-label={t("logs.label")}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
        tabIndex={0}
        data-wrap={wrap || undefined}
        onScroll={onScroll}
        onClick={onClick}
        data-testid="log"
      >
        {held.lines.map((one) => (
          <Line key={one.line} line={one} find={find} current={one.line === line} />
        ))}
      </div>
      {following ? null : (
        <Button
          className={classes.follow ?? ""}
          size="xs"
          leftSection={<Icon name="down" size={14} />}
          onClick={() => {
            setFollowing(true);
            onFollow();
          }}
        >
          {t("logs.follow")}
        </Button>
      )}
    </div>
  );
}

/** Rows that weren't seen yet have a height that was guessed: what lies below may move when they are. */
function toEnd(box: HTMLElement, tries = 8): void {
  box.scrollTop = box.scrollHeight;
  if (tries === 0) return;
  requestAnimationFrame(() => {
    if (box.scrollHeight - box.scrollTop - box.clientHeight > 1) toEnd(box, tries - 1);
  });
}

const rowOf = (box: HTMLElement, line: number) => box.querySelector<HTMLElement>(`[data-line="${line}"]`);

/** The first row that is seen, and how far below the box's edge it begins. */
function placeIn(box: HTMLElement): { line: number; top: number } | null {
  const rows = box.children;
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle] as HTMLElement;
    if (row.offsetTop + row.offsetHeight > box.scrollTop) high = middle;
    else low = middle + 1;
  }
  const row = rows[low] as HTMLElement | undefined;
  return row ? { line: Number(row.dataset.line), top: row.offsetTop - box.scrollTop } : null;
}

interface LineProps {
  line: LogLine;
  find: string;
  current: boolean;
}

const Line = memo(function Line({ line, find, current }: LineProps) {
  return (
    <div
      className={classes.line}
      data-line={line.line}
      data-level={line.level.toLowerCase()}
      aria-current={current || undefined}
      title={formatDate(line.time)}
    >
      <a href={`?line=${line.line}`} tabIndex={-1} className={classes.number}>
        {line.line}
      </a>
      <span className={classes.time}>{formatClock(line.time)}</span>
      <span className={classes.text}>
        {piecesOf(line.text, find).map(({ text, found, at }) =>
          found ? <mark key={at}>{text}</mark> : text,
        )}
      </span>
    </div>
  );
});
