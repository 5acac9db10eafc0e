import { Link } from "@tanstack/react-router";
import { t } from "../../lib/i18n";
import classes from "./job-tabs.module.css";

const TABS = [
  ["/jobs/$jobId", "job.tab.charts"],
  ["/jobs/$jobId/validation", "job.tab.validation"],
  ["/jobs/$jobId/plots", "job.tab.plots"],
  ["/jobs/$jobId/logs", "job.tab.logs"],
  ["/jobs/$jobId/artifacts", "job.tab.artifacts"],
  ["/jobs/$jobId/spec", "job.tab.spec"],
] as const;

export function JobTabs({ jobId }: { jobId: number }) {
  return (
    <nav className={classes.tabs} aria-label={t("job.tabs")}>
      {TABS.map(([to, label]) => (
        <Link
          key={to}
          to={to}
          params={{ jobId }}
          className={classes.tab}
          activeOptions={{ exact: to === "/jobs/$jobId", includeSearch: false }}
          resetScroll={false}
        >
          {t(label)}
        </Link>
      ))}
    </nav>
  );
}
