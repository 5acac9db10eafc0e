import { Button } from "@mantine/core";
import { ProgressBar } from "../../components/progress-bar";
import { formatBytes, formatDuration } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";
import type { Upload } from "./use-upload";

interface Props {
  upload: Upload;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => void;
}

/** How much of the file has arrived, and how fast. */
export function UploadStatus({ upload, onPause, onResume, onCancel }: Props) {
  const { state, sent, total, speed } = upload;
  return (
    <div className={classes.upload} data-testid="upload" data-state={state}>
      <div className={classes.row}>
        <strong>{upload.name}</strong>
        <span className={classes.muted}>
          {state === "done"
            ? t("import.uploaded", { size: formatBytes(total) })
            : t("import.sent", { sent: formatBytes(sent), total: formatBytes(total) })}
        </span>
      </div>
      {state === "done" ? null : (
        <ProgressBar
          fraction={total > 0 ? sent / total : 0}
          active={state !== "paused" && state !== "failed"}
          label={t("import.uploadProgress")}
        />
      )}
      <div className={classes.buttons}>
        {state === "running" || state === "starting" ? (
          <Button variant="default" size="compact-sm" onClick={onPause} disabled={state === "starting"}>
            {t("import.pause")}
          </Button>
        ) : null}
        {state === "paused" || state === "failed" ? (
          <Button variant="default" size="compact-sm" onClick={onResume}>
            {t(state === "failed" ? "common.retry" : "import.resume")}
          </Button>
        ) : null}
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onCancel}>
          {t(state === "done" ? "import.other" : "import.cancel")}
        </Button>
        <span className={classes.muted} aria-live="polite">
          {status(upload)}
        </span>
        {speed !== null && speed > 0 ? (
          <span className={classes.muted}>
            {t("import.speed", {
              speed: formatBytes(speed),
              duration: formatDuration(((total - sent) / speed) * 1000),
            })}
          </span>
        ) : null}
      </div>
    </div>
  );
}

function status({ state, error, resumed }: Upload): string {
  if (state === "failed") return t("import.uploadFailed", { detail: error ?? "" });
  if (state === "paused") return t("import.paused");
  return resumed && state === "running" ? t("import.resumed") : "";
}
