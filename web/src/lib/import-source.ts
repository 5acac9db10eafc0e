import { t } from "./i18n-datasets";

export const UPLOAD = "upload:";

/** Where an import's data came from, in words for what only the server has a name for. */
export const sourceText = (source: string): string =>
  source.startsWith(UPLOAD) ? t("import.uploadedArchive") : source;
