import { t } from "../../lib/i18n-images";
import classes from "./images.module.css";

interface Props {
  query: { refetch: () => Promise<unknown> };
  tabIndex: 0 | -1;
}

/** In place of a card whose page didn't come. */
export function RetryCard({ query, tabIndex }: Props) {
  return (
    <button type="button" className={classes.retry} tabIndex={tabIndex} onClick={() => void query.refetch()}>
      {t("grid.failed")}
    </button>
  );
}
