/** `t` for MLflow's runs and for the comparison: their own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { runsEn } from "./messages-runs-en";

export type MessageKey = Parameters<typeof t>[0];

export const t = translator({ ...en, ...runsEn });
