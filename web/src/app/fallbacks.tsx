import { Button } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { EmptyState } from "../components/page-state";
import { t } from "../lib/i18n";

export const NotFound = () => <Missing title={t("error.notFound")} />;

/** Something that was asked for by its number, and isn't there. */
export function Missing({ title }: { title: string }) {
  return (
    <EmptyState title={title} text={t("error.notFoundHint")}>
      <Link to="/">{t("error.backToJobs")}</Link>
    </EmptyState>
  );
}

/** A fault in the page itself, such as a chunk that a newer server no longer has. */
export function PageBroke({ error }: ErrorComponentProps) {
  return (
    <EmptyState title={t("error.crash")} text={error instanceof Error ? error.message : String(error)}>
      <Button variant="default" size="xs" onClick={() => window.location.reload()}>
        {t("error.reload")}
      </Button>
    </EmptyState>
  );
}
