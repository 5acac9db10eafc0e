import type { LauncherQueue } from "../../api/types";
import { Card } from "../../components/card";
import { Notice } from "../../components/notice";
import { ProgressBar } from "../../components/progress-bar";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-queue";
import classes from "./queue.module.css";
import { RunningTable } from "./running-table";
import { WaitingTable } from "./waiting-table";

/** One launcher: its slots, what runs and what waits. */
export function LauncherCard({ queue, now }: { queue: LauncherQueue; now: number }) {
  const { name, launcher, running, waiting } = queue;
  const nothing = queue.running_count + queue.waiting_count === 0;
  return (
    <Card
      title={name}
      note={
        launcher
          ? [launcher.kind === name ? null : launcher.kind, launcher.is_default ? t("queue.default") : null]
              .filter(Boolean)
              .join(" · ")
          : null
      }
      actions={<Slots queue={queue} />}
      flush
    >
      <div data-testid="launcher" data-launcher={name}>
        {launcher === null ? (
          <div className={classes.notice}>
            <Notice tone="warn" title={t("queue.goneTitle")} testId="launcher-gone">
              <p className={classes.text}>
                <RichText text={t("queue.goneText")} />
              </p>
            </Notice>
          </div>
        ) : null}
        {nothing ? <p className={classes.none}>{t("queue.nothing")}</p> : null}
        {running.length > 0 ? <RunningTable jobs={running} launcher={name} now={now} /> : null}
        {waiting.length > 0 ? (
          <WaitingTable jobs={waiting} launcher={name} gone={launcher === null} now={now} />
        ) : null}
        <Unseen queue={queue} />
      </div>
    </Card>
  );
}

/** How many run and wait; where there are slots, how many of them are taken. */
function Slots({ queue }: { queue: LauncherQueue }) {
  const { launcher, slots, running_count: running, waiting_count: waiting } = queue;
  if (launcher === null || slots === null) {
    return <span className={classes.counts}>{t("queue.counts", { running, waiting })}</span>;
  }
  return (
    <>
      <span className={classes.counts}>
        {t("queue.slots", { taken: running, slots })}
        {waiting > 0 ? ` · ${t("queue.waits", { count: waiting })}` : null}
      </span>
      <span className={classes.meter}>
        <ProgressBar fraction={slots === 0 ? 1 : running / slots} label={t("queue.slotsLabel")} />
      </span>
    </>
  );
}

/** Jobs that are only counted. */
function Unseen({ queue }: { queue: LauncherQueue }) {
  const runs = queue.running_count - queue.running.length;
  const waits = queue.waiting_count - queue.waiting.length;
  if (runs + waits <= 0) return null;
  const what = [
    runs > 0 ? t("queue.moreRunning", { count: runs }) : null,
    waits > 0 ? t("queue.moreWaiting", { count: waits }) : null,
  ];
  return (
    <p className={classes.none} data-testid="unseen">
      {t("queue.unseen", { what: what.filter(Boolean).join(" · ") })}
    </p>
  );
}
