import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { findUnfinishedUploads, type UnfinishedUpload } from "../../api/upload-file";
import { Notice } from "../../components/notice";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";

/** What this browser began and didn't finish: choosing the same file again goes on with it. */
export function UnfinishedUploads() {
  const [uploads, setUploads] = useState<UnfinishedUpload[]>([]);
  useEffect(() => {
    let here = true;
    findUnfinishedUploads().then(
      (found) => here && setUploads(found),
      () => undefined,
    );
    return () => {
      here = false;
    };
  }, []);
  return uploads.map((upload) => (
    <Notice key={`${upload.name} ${upload.size}`} tone="plain" testId="unfinished">
      <div className={classes.buttons}>
        <span>
          {t("import.unfinished", {
            name: upload.name,
            size: upload.size === null ? "" : formatBytes(upload.size),
          })}
        </span>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => {
            setUploads((old) => old.filter((one) => one !== upload));
            void upload.forget();
          }}
        >
          {t("import.forget")}
        </Button>
      </div>
    </Notice>
  ));
}
