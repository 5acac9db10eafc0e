import { useQueue } from "../../api/get-queue";
import { PageHead } from "../../components/page-head";
import { ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-queue";
import { useChosenProject } from "../../lib/project-choice";
import { useNow } from "../../lib/use-now";
import { useTitle } from "../../lib/use-title";
import { LauncherCard } from "./launcher-card";
import classes from "./queue.module.css";

const EVERY_MS = 1000;

/** What runs where, and what waits for what. */
export function QueuePage() {
  useTitle(t("queue.title"));
  const query = useQueue(useChosenProject());
  const now = useNow(EVERY_MS);
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={6} />
    );
  }
  const { items } = query.data;
  const running = items.reduce((sum, one) => sum + one.running_count, 0);
  const waiting = items.reduce((sum, one) => sum + one.waiting_count, 0);
  return (
    <>
      <PageHead
        title={t("queue.title")}
        note={t("queue.counts", { running, waiting })}
        text={t("queue.text")}
      />
      <div className={classes.launchers}>
        {items.map((one) => (
          <LauncherCard key={one.name} queue={one} now={now} />
        ))}
      </div>
    </>
  );
}
