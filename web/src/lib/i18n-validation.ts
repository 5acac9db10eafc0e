/** `t` for the validation view: its own texts and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { validationEn } from "./messages-validation-en";

export const t = translator({ ...en, ...validationEn });
