import { t } from "./i18n-datasets";

export const UPLOAD = "upload:";

/** Where an import's data came from: for an upload, what the file was called. */
export const sourceText = (from: { source: string; filename: string | null }): string =>
  from.source.startsWith(UPLOAD) ? (from.filename ?? t("import.uploadedArchive")) : from.source;
