/** `t` for sweeps: their own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { sweepsEn } from "./messages-sweeps-en";

export const t = translator({ ...en, ...sweepsEn });
