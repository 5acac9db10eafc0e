/** `t` for the list of jobs and the form of a new one: their own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { jobsEn } from "./messages-jobs-en";

export const t = translator({ ...en, ...jobsEn });
