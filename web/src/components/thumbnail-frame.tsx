import { type ReactNode, useState } from "react";
import { t } from "../lib/i18n";
import classes from "./thumbnail-frame.module.css";

interface Props {
  url: string | null;
  /** What lies over the picture. */
  children?: ReactNode;
}

/** A square with a small picture in it, whole; its size is fixed before the picture is there. */
export function ThumbnailFrame({ url, children }: Props) {
  const [failed, setFailed] = useState(false);
  return (
    <span className={classes.frame}>
      {failed || url === null ? (
        <span className={classes.failed}>{t("images.failed")}</span>
      ) : (
        <img src={url} alt="" loading="lazy" decoding="async" onError={() => setFailed(true)} />
      )}
      {children}
    </span>
  );
}
