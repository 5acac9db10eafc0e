/** `t` for the queue and for what jobs are given: their own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { queueEn } from "./messages-queue-en";

export const t = translator({ ...en, ...queueEn });
