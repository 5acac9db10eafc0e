/** `t` for the pages of datasets: their own texts and those that every page has. */
import { translator } from "./i18n";
import { datasetsEn } from "./messages-datasets-en";
import { en } from "./messages-en";

export const t = translator({ ...en, ...datasetsEn });
