/** `t` for charts: their own texts and those that every page has. */
import { translator } from "./i18n";
import { chartsEn } from "./messages-charts-en";
import { en } from "./messages-en";

export const t = translator({ ...en, ...chartsEn });
