import type { Snapshot } from "../api/types";
import { formatDate } from "./format";
import { t } from "./i18n-datasets";

const HASH_LENGTH = 12;

export const shortHash = (hash: string): string => hash.slice(0, HASH_LENGTH);

/** A version as lists name it: when it was imported, and how many images it has. */
export function snapshotText(snapshot: Snapshot, latest: Snapshot | null): string {
  const images = t("datasets.images", { count: snapshot.images.total });
  const text = `${formatDate(snapshot.created_at)}, ${images}, ${snapshot.hash.slice(0, 7)}`;
  return snapshot.hash === latest?.hash ? `${text} (${t("dataset.latest")})` : text;
}
