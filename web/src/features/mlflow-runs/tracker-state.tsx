import { ApiError } from "../../api/client";
import type { Tracker } from "../../api/types";
import { EmptyState, ErrorState } from "../../components/page-state";
import { t } from "../../lib/i18n-runs";

/** Why there is no MLflow to look at, and what to do about it. */
export function NotConnected({ state }: { state: Exclude<Tracker["state"], "connected"> }) {
  return <EmptyState title={t(`runs.${state}`)} text={t(`runs.${state}Text`)} />;
}

/** MLflow is configured and doesn't answer as it should: its own words say what to do. */
export function TrackerError({ error, retry }: { error: unknown; retry: () => void }) {
  const away = error instanceof ApiError && error.code === "tracker_unavailable";
  return <ErrorState error={error} retry={retry} title={away ? t("runs.away") : undefined} />;
}
