import type { Task } from "../../api/types";
import { t } from "../../lib/i18n-validation";
import classes from "./image-view.module.css";

/** What the keyboard does here. */
export function ImageKeys({ task }: { task: Task }) {
  return <p className={classes.keys}>{t(`image.keysOf.${task}`)}</p>;
}
