/** What a view shows while it has nothing to show. */
import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { t } from "../lib/i18n";
import classes from "./page-state.module.css";
import { RichText } from "./rich-text";

export function Loading({ rows = 4, height = 44 }: { rows?: number; height?: number }) {
  return (
    <div className={classes.loading} aria-busy="true" data-testid="loading">
      <span className="visually-hidden" role="status">
        {t("common.loading")}
      </span>
      {Array.from({ length: rows }, (_, at) => `row-${at}`).map((key) => (
        <Skeleton key={key} height={height} radius="sm" />
      ))}
    </div>
  );
}

export function ErrorState({
  error,
  retry,
  title = t("error.title"),
}: {
  error: unknown;
  retry?: () => void;
  /** Where more is known than that something went wrong. */
  title?: string | undefined;
}) {
  const api = error instanceof ApiError ? error : null;
  const text =
    api?.code === "unreachable"
      ? t("error.unreachable")
      : (api?.detail ?? (error instanceof Error ? error.message : String(error)));
  return (
    <div className={classes.state} role="alert">
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.text}>
        <RichText text={text} />
      </p>
      {api && api.status > 0 ? (
        <p className={classes.small}>{t("error.status", { status: String(api.status), code: api.code })}</p>
      ) : null}
      {retry && api?.status !== 404 ? (
        <Button variant="default" size="xs" onClick={retry}>
          {t("common.retry")}
        </Button>
      ) : null}
    </div>
  );
}

export function EmptyState({
  title,
  text,
  children,
}: {
  title: string;
  text?: string | undefined;
  children?: ReactNode;
}) {
  return (
    <div className={classes.state} data-testid="empty">
      <h2 className={classes.title}>{title}</h2>
      {text ? (
        <p className={classes.text}>
          <RichText text={text} />
        </p>
      ) : null}
      {children}
    </div>
  );
}
