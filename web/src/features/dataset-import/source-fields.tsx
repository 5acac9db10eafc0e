import { SegmentedControl, TextInput } from "@mantine/core";
import { t } from "../../lib/i18n-datasets";
import { DropZone } from "./drop-zone";
import { KeptUpload } from "./kept-upload";
import { UnfinishedUploads } from "./unfinished-uploads";
import { UploadStatus } from "./upload-status";
import type { useUpload } from "./use-upload";

export const KINDS = ["upload", "path", "external"] as const;
export type Kind = (typeof KINDS)[number];

interface Props {
  kind: Kind;
  /** Whether any folder of the server's machine may be read, or only some that its operator chose. */
  ownServer: boolean;
  onKind: (kind: Kind) => void;
  upload: ReturnType<typeof useUpload>;
  /** Id of an upload that is complete already, to be used again. */
  again: string | null;
  onOther: () => void;
  onFile: (file: File) => void;
  texts: Record<"path" | "external", string>;
  onText: (kind: "path" | "external", text: string) => void;
}

/** Where the dataset is: in a file here, in a folder of the server's machine, or in the external store. */
export function SourceFields({
  kind,
  ownServer,
  onKind,
  upload,
  again,
  onOther,
  onFile,
  texts,
  onText,
}: Props) {
  return (
    <>
      <SegmentedControl
        aria-label={t("import.source")}
        value={kind}
        onChange={(value) => onKind(KINDS.find((one) => one === value) ?? "upload")}
        data={KINDS.map((value) => ({ value, label: t(`import.source.${value}`) }))}
        size="xs"
        fullWidth
      />
      {kind === "upload" ? (
        again ? (
          <KeptUpload uploadId={again} onOther={onOther} />
        ) : upload.upload ? (
          <UploadStatus
            upload={upload.upload}
            onPause={upload.pause}
            onResume={upload.resume}
            onCancel={upload.cancel}
          />
        ) : (
          <>
            <DropZone onFile={onFile} />
            <UnfinishedUploads />
          </>
        )
      ) : (
        <TextInput
          key={kind}
          label={t(`import.${kind}`)}
          description={t(kind === "path" && !ownServer ? "import.pathHintUsers" : `import.${kind}Hint`)}
          placeholder={t(`import.${kind}Example`)}
          value={texts[kind]}
          onChange={(event) => onText(kind, event.currentTarget.value)}
          spellCheck={false}
          autoCapitalize="off"
          data-testid={`import-${kind}`}
        />
      )}
    </>
  );
}
