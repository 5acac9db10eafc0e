import type { Task } from "../../api/types";
import { t } from "../../lib/i18n-images";
import classes from "./image-view.module.css";
import { hasPlace } from "./view-state";

/** What the keyboard does here. */
export function ImageKeys({ task }: { task: Task }) {
  return (
    <p className={classes.keys}>
      {t(`image.keysOf.${task}`)}
      {hasPlace(task) ? ` · ${t("view.keys")}` : null}
    </p>
  );
}
