import { Button } from "@mantine/core";
import { useGetUpload } from "../../api/get-upload";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";

/** An archive that was uploaded before, to be imported once more or after a reload. */
export function KeptUpload({ uploadId, onOther }: { uploadId: string; onOther: () => void }) {
  const { data, error } = useGetUpload(uploadId);
  return (
    <div className={classes.upload} data-testid="kept-upload">
      <div className={classes.row}>
        <strong>{data?.filename ?? t("import.again")}</strong>
        {data?.complete ? (
          <span className={classes.muted}>{t("import.uploaded", { size: formatBytes(data.size) })}</span>
        ) : null}
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onOther}>
          {t("import.other")}
        </Button>
      </div>
      {error ? (
        <p className={classes.muted} role="alert">
          {t("import.keptGone", { detail: error.message || t("error.unreachable") })}
        </p>
      ) : null}
    </div>
  );
}
