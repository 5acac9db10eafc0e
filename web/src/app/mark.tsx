import { t } from "../lib/i18n";
import classes from "./shell.module.css";

/** The product's mark: the letter every eye chart begins with. */
export function Mark() {
  return (
    <span className={classes.brand}>
      <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#0f5e63" />
        <path d="M8 7h16v4H12v3h12v4H12v3h12v4H8z" fill="#fff" />
      </svg>
      {t("app.name")}
    </span>
  );
}
