import { Button } from "@mantine/core";
import { memo, useLayoutEffect, useRef, useState } from "react";
import type { LogLine } from "../../api/types";
import { Icon } from "../../components/icon";
import { formatClock, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n";
import classes from "./logs.module.css";

/** Close enough to the end to count as being there. */
const NEAR_END = 24;

/** Follows the newest line until the reader scrolls up; keeps the reader's place when earlier lines come in. */
export function LogTail({ lines }: { lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const before = useRef({ first: 0, height: 0 });
  const first = lines[0]?.line ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the lines change, whatever they are
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (following) element.scrollTop = element.scrollHeight;
    else if (first < before.current.first) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { first, height: element.scrollHeight };
  }, [lines, following, first]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END);
  };
  return (
    <div className={classes.frame}>
      <div
        ref={box}
        className={classes.box}
        role="log"
        aria-label={t("logs.label")}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
        tabIndex={0}
        onScroll={onScroll}
        data-testid="log"
      >
        {lines.map((line) => (
          <Line key={line.line} line={line} />
        ))}
      </div>
      {following ? null : (
        <Button
          className={classes.follow ?? ""}
          size="xs"
          leftSection={<Icon name="down" size={14} />}
          onClick={() => setFollowing(true)}
        >
          {t("logs.follow")}
        </Button>
      )}
    </div>
  );
}

const Line = memo(function Line({ line }: { line: LogLine }) {
  return (
    <div className={classes.line} data-level={line.level.toLowerCase()} title={formatDate(line.time)}>
      <span className={classes.time}>{formatClock(line.time)}</span>
      <span className={classes.text}>{line.text}</span>
    </div>
  );
});
