/** `t` for the scrubber: its own texts, those of the validation view and those that every page has. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { epochsEn } from "./messages-epochs-en";
import { validationEn } from "./messages-validation-en";

export const t = translator({ ...en, ...validationEn, ...epochsEn });
