import { type DragEvent, useState } from "react";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";

/** A file field as large as a place to drop on. */
export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    // The field inside takes keys and clicks; the frame around it only takes what is dropped.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <strong>{t("import.drop")}</strong>
      <span>{t("import.dropKinds")}</span>
      <input
        type="file"
        aria-label={t("import.file")}
        data-testid="import-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) onFile(file);
        }}
      />
    </div>
  );
}
