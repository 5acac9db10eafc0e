/** `t` for images, objects, errors and suspect labels: their own texts and those of the validation view. */
import { translator } from "./i18n";
import { en } from "./messages-en";
import { imagesEn } from "./messages-images-en";
import { validationEn } from "./messages-validation-en";

export const t = translator({ ...en, ...validationEn, ...imagesEn });
