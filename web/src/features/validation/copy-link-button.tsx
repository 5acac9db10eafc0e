import { Button } from "@mantine/core";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-matrix";
import { useCopyLink } from "../../lib/use-copy-link";
import { useLive } from "./live-thresholds";

/** Copies an address that shows the same tomorrow too: what follows the latest or best epoch is written out. */
export function CopyLinkButton({ epoch }: { epoch: number }) {
  const { at } = useLive();
  const { copied, copy } = useCopyLink({ epoch, conf: at.conf, iou: at.iou });
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      leftSection={<Icon name={copied ? "check" : "copy"} size={14} />}
      onClick={copy}
    >
      <span aria-live="polite">{t(copied ? "matrix.copied" : "matrix.copyLink")}</span>
    </Button>
  );
}
