import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-matrix";
import { useLive } from "./live-thresholds";

/** Copies an address that shows the same tomorrow too: what follows the latest or best epoch is written out. */
export function CopyLinkButton({ epoch }: { epoch: number }) {
  const { at } = useLive();
  const clipboard = useClipboard();
  const copy = () => {
    const url = new URL(window.location.href);
    const pinned = { epoch: String(epoch), conf: String(at.conf), iou: String(at.iou) };
    for (const [name, value] of Object.entries(pinned)) url.searchParams.set(name, value);
    clipboard.copy(url.href);
  };
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      leftSection={<Icon name={clipboard.copied ? "check" : "copy"} size={14} />}
      onClick={copy}
    >
      <span aria-live="polite">{t(clipboard.copied ? "matrix.copied" : "matrix.copyLink")}</span>
    </Button>
  );
}
