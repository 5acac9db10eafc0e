import { ApiError } from "../../api/client";
import { Notice } from "../../components/notice";
import { t } from "../../lib/i18n-runs";

/** A job or run that the address names and that can't be shown. */
export interface Failure {
  job: number | null;
  run: string | null;
  error: Error;
}

export function Unreadable({ failures }: { failures: readonly Failure[] }) {
  return failures.map(({ job, run, error }) => {
    const missing = error instanceof ApiError && error.status === 404;
    const said =
      error instanceof ApiError && error.code === "unreachable" ? t("error.unreachable") : error.message;
    if (job === null) {
      return (
        <Notice key={run} tone="warn" testId="missing">
          {t("comparing.missingRun", { id: run ?? "", error: said })}
        </Notice>
      );
    }
    return missing ? (
      <Notice key={job} tone="warn" title={t("comparing.missing", { id: String(job) })} testId="missing">
        {t("comparing.missingText")}
      </Notice>
    ) : (
      <Notice key={job} tone="warn" testId="missing">
        {t("comparing.failed", { id: String(job), error: said })}
      </Notice>
    );
  });
}
