/** `t` for the matrix and the thresholds: their own texts and those of the whole validation view. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { matrixEn } from "./messages-matrix-en";
import { validationEn } from "./messages-validation-en";

export const t = translator({ ...en, ...validationEn, ...matrixEn });
