/** `t` for the pages of people, projects and tokens: their own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { peopleEn } from "./messages-people-en";

export const t = translator({ ...en, ...peopleEn });
